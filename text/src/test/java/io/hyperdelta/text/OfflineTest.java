package io.hyperdelta.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.util.Ec2Utils;
import java.io.IOException;
import java.net.Proxy;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tokenizer's library reaches for the network when nobody stops it, and somebody does. */
class OfflineTest {
  private static final List<String> ASKED = Collections.synchronizedList(new ArrayList<>());

  static {
    URL.setURLStreamHandlerFactory(protocol -> protocol.startsWith("http") ? new Recorder() : null);
  }

  /** Writes addresses down and connects to none. */
  private static final class Recorder extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) throws IOException {
      ASKED.add(url.getHost());
      throw new IOException("No connections here.");
    }

    @Override
    protected URLConnection openConnection(URL url, Proxy proxy) throws IOException {
      return openConnection(url);
    }
  }

  @Test
  void nothingIsFetched() {
    PooledEncoder pooled = TinyEncoder.masked().pooled(VectorNorm.UNIT);
    try (OrtEngine engine = new OrtEngine(pooled);
        TextEncoder encoder = TextEncoder.of(pooled, TinyTokenizer.file(), engine)) {
      assertThat(encoder.encode(List.of("the house")).dim(0)).isEqualTo(1);
    }
    assertThat(ASKED).isEmpty();
    assertThat(System.getProperty(Tokenizer.OFFLINE)).isEqualTo("true");

    // The library calls home once a day, and a call before this one would have used that up: that
    // it tries now shows that it did not before, in this test or in any other of this process.
    System.clearProperty(Tokenizer.OFFLINE);
    try {
      Ec2Utils.callHome("Huggingface");
    } finally {
      System.setProperty(Tokenizer.OFFLINE, "true");
    }
    assertThat(ASKED).isNotEmpty();
  }
}
