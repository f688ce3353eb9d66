import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mllp.MllpAcknowledgementException;
import org.apache.camel.component.mllp.MllpConstants;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * Apache Camel delivers the summaries of a day: the file component takes them from a folder in their order, and the mllp
 * component sends them and reads the answers. Arguments: port, folder, how many files there are.
 */
public final class CamelDay {
  public static void main(String[] arguments) throws Exception {
    int files = Integer.parseInt(arguments[2]);
    CountDownLatch left = new CountDownLatch(files);
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (DefaultCamelContext camel = new DefaultCamelContext()) {
      camel.addRoutes(new RouteBuilder() {
        @Override
        public void configure() {
          onException(MllpAcknowledgementException.class).handled(true).process(exchange -> {
            refused.incrementAndGet();
            left.countDown();
          });
          from("file:" + arguments[1] + "?sortBy=file:name&move=sent&moveFailed=refused")
              .convertBodyTo(byte[].class)
              .to("mllp:127.0.0.1:" + arguments[0] + "?receiveTimeout=60000")
              .process(exchange -> {
                if ("AA".equals(exchange.getMessage().getHeader(MllpConstants.MLLP_ACKNOWLEDGEMENT_TYPE)))
                  accepted.incrementAndGet();
                left.countDown();
              });
        }
      });
      camel.start();
      boolean isDone = left.await(5, TimeUnit.MINUTES);
      System.out.println("files " + files + ", accepted " + accepted.get() + ", refused " + refused.get()
          + (isDone ? "" : ", NOT DONE IN TIME"));
    }
  }
}
