import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v251.datatype.ED;
import ca.uhn.hl7v2.model.v251.message.MDM_T02;
import ca.uhn.hl7v2.model.v251.segment.OBX;
import ca.uhn.hl7v2.model.v251.segment.PID;
import ca.uhn.hl7v2.model.v251.segment.TXA;
import ca.uhn.hl7v2.util.Terser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * HAPI HL7v2 builds MDM^T02 with a PDF, sends it over MLLP with TLS and a client certificate, and parses the answer.
 * Arguments: port, a PDF file. The certificates are in the JVM's own key store and trust store settings.
 */
public final class HapiSender {
  public static void main(String[] arguments) throws Exception {
    byte[] pdf = Files.readAllBytes(Path.of(arguments[1]));
    try (HapiContext context = new DefaultHapiContext()) {
      Connection connection = context.newClient("127.0.0.1", Integer.parseInt(arguments[0]), true);
      connection.getInitiator().setTimeoutMillis(60_000);

      MDM_T02 summary = summary("HAPI-1", "20250220093000", pdf);
      show("a summary", connection.getInitiator().sendAndReceive(summary));
      show("the same message again", connection.getInitiator().sendAndReceive(summary));
      show("without PV1-44", connection.getInitiator().sendAndReceive(summary("HAPI-2", null, pdf)));
      connection.close();
    }
  }

  private static MDM_T02 summary(String id, String started, byte[] pdf) throws Exception {
    MDM_T02 message = new MDM_T02();
    message.initQuickstart("MDM", "T02", "P");
    Terser terser = new Terser(message);
    terser.set("MSH-3", "RPM");
    terser.set("MSH-4", "TRUST");
    terser.set("MSH-7", "20250301101500");
    terser.set("MSH-10", id);
    terser.set("MSH-18", "UNICODE UTF-8");
    terser.set("EVN-2", "20250301101500");
    PID pid = message.getPID();
    pid.getPatientIdentifierList(0).getIDNumber().setValue("9994762788");
    pid.getPatientIdentifierList(0).getAssigningAuthority().getNamespaceID().setValue("NHS");
    pid.getPatientIdentifierList(0).getIdentifierTypeCode().setValue("NH");
    pid.getPatientName(0).getFamilyName().getSurname().setValue("Ó Testfamily");
    pid.getPatientName(0).getGivenName().setValue("Testgiven");
    pid.getDateTimeOfBirth().getTime().setValue("19500314");
    pid.getAdministrativeSex().setValue("F");
    message.getPV1().getPatientClass().setValue("HH");
    if (started != null) message.getPV1().getAdmitDateTime().getTime().setValue(started);
    message.getPV1().getDischargeDateTime(0).getTime().setValue("20250301093000");
    TXA txa = message.getTXA();
    txa.getDocumentType().setValue("SUMMARY");
    txa.getActivityDateTime().getTime().setValue("20250301100000");
    txa.getUniqueDocumentNumber().getEntityIdentifier().setValue("DOC-" + id);
    txa.getUniqueDocumentFileName().setValue("Summary & chart.pdf");
    txa.getDocumentCompletionStatus().setValue("AU");
    OBX obx = message.getOBSERVATION().getOBX();
    obx.getValueType().setValue("ED");
    ED document = new ED(message);
    document.getTypeOfData().setValue("AP");
    document.getDataSubtype().setValue("PDF");
    document.getEncoding().setValue("Base64");
    document.getData().setValue(Base64.getEncoder().encodeToString(pdf));
    obx.getObservationValue(0).setData(document);
    obx.getObservationResultStatus().setValue("F");
    return message;
  }

  private static void show(String what, Message answer) throws Exception {
    Terser terser = new Terser(answer);
    System.out.println(what + ": " + answer.getClass().getSimpleName() + " " + terser.get("MSH-9-2") + " "
        + terser.get("MSA-1") + " " + terser.get("MSA-2"));
    int errors = answer.getAll("ERR").length;
    for (int error = 0; error < errors && terser.get("/ERR(" + error + ")-3-1") != null; error += 1) {
      String at = "/ERR(" + error + ")-";
      System.out.println("  " + terser.get(at + "2-1") + "-" + terser.get(at + "2-3") + " " + terser.get(at + "3-1")
          + " " + terser.get(at + "5-1") + " " + terser.get(at + "8"));
    }
  }
}
