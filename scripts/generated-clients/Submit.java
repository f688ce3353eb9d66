import com.google.gson.ToNumberPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.JSON;
import org.openapitools.client.api.ObservationApi;
import org.openapitools.client.api.SubmissionsApi;
import org.openapitools.client.api.SubmittingApi;
import org.openapitools.client.auth.HttpBearerAuth;
import org.openapitools.client.model.Bundle;
import org.openapitools.client.model.BundleToSubmit;
import org.openapitools.client.model.OperationOutcome;

/** Submits a summary and reads it back, with the client that openapi-generator makes for Java. */
public class Submit {
  public static void main(String[] arguments) throws Exception {
    // Without this Gson makes 98.0 of 98 and 36.5 of 36.50: FHIR keeps the digits of a reading.
    JSON.setGson(JSON.getGson().newBuilder()
        .setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).create());
    ApiClient client = new ApiClient().setBasePath(System.getenv("BASE"));
    ((HttpBearerAuth) client.getAuthentication("bearer")).setBearerToken(System.getenv("TOKEN"));
    BundleToSubmit summary = BundleToSubmit.fromJson(Files.readString(Path.of(System.getenv("SUMMARY"))));

    ApiResponse<OperationOutcome> answer = new SubmittingApi(client).submitSummary(summary).executeWithHttpInfo();
    String id = answer.getHeaders().get("x-submission-id").get(0);
    Bundle read = new SubmissionsApi(client).readSubmissionAsBundle(UUID.fromString(id)).execute();
    Bundle found = new ObservationApi(client).searchByPostOfObservation()
        .patientIdentifier(System.getenv("PATIENT")).count(1000).sort("date").execute();

    System.out.println("{\"status\":" + answer.getStatusCode() + ",\"id\":\"" + id + "\",\"read\":" + read.toJson()
        + ",\"found\":" + found.toJson() + "}");
  }
}
