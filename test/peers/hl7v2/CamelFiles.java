import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * Apache Camel delivers the summaries of a day to a folder: the file component writes each under a hidden name and
 * renames it, so that none is taken while it is written. Arguments: from, to, how many files there are.
 */
public final class CamelFiles {
  public static void main(String[] arguments) throws Exception {
    int files = Integer.parseInt(arguments[2]);
    CountDownLatch left = new CountDownLatch(files);
    try (DefaultCamelContext camel = new DefaultCamelContext()) {
      camel.addRoutes(new RouteBuilder() {
        @Override
        public void configure() {
          from("file:" + arguments[0] + "?sortBy=file:name&move=sent")
              .to("file:" + arguments[1] + "?tempPrefix=.")
              .process(exchange -> left.countDown());
        }
      });
      camel.start();
      boolean isDone = left.await(5, TimeUnit.MINUTES);
      System.out.println("files " + files + ", written " + (files - left.getCount()) + (isDone ? "" : ", NOT DONE IN TIME"));
    }
  }
}
