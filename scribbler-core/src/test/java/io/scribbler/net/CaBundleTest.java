package io.scribbler.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are made with the JDK's own keytool. */
final class CaBundleTest {
  @TempDir Path folder;

  private X509Certificate certificate(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-storetype",
                "PKCS12",
                "-storepass",
                "secret",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
    return (X509Certificate) keys.getCertificate("ca");
  }

  private static String pem(X509Certificate certificate) throws Exception {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("bundle.pem"), content);
  }

  @Test
  void trustsWhatIsInTheBundleAndNothingElse() throws Exception {
    X509Certificate first = certificate("first");
    X509Certificate second = certificate("second");
    X509Certificate stranger = certificate("stranger");

    X509TrustManager trust =
        (X509TrustManager) CaBundle.load(file(pem(first) + "\n" + pem(second)))[0];

    assertThat(List.of(trust.getAcceptedIssuers())).containsExactlyInAnyOrder(first, second);
    trust.checkServerTrusted(new X509Certificate[] {first}, "ECDHE_ECDSA");
    assertThatThrownBy(
            () -> trust.checkServerTrusted(new X509Certificate[] {stranger}, "ECDHE_ECDSA"))
        .isInstanceOf(CertificateException.class);
  }

  /** As distributions and mkcert write them: with text between the certificates. */
  @Test
  void commentsBetweenCertificatesArePassedOver() throws Exception {
    X509Certificate first = certificate("first");
    X509Certificate second = certificate("second");
    String bundle = "# CN=first\n" + pem(first) + "\n# CN=second\n" + pem(second);

    X509TrustManager trust = (X509TrustManager) CaBundle.load(file(bundle))[0];

    assertThat(List.of(trust.getAcceptedIssuers())).containsExactlyInAnyOrder(first, second);
  }

  @Test
  void aMissingFile() {
    Path missing = folder.resolve("none.pem");
    assertThatThrownBy(() -> CaBundle.load(missing))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no CA bundle " + missing);
  }

  @Test
  void anEmptyFile() throws Exception {
    Path empty = file("");
    assertThatThrownBy(() -> CaBundle.load(empty))
        .isInstanceOf(IOException.class)
        .hasMessage("no certificate in the CA bundle " + empty);
  }

  @Test
  void aBrokenFile() throws Exception {
    for (String content :
        List.of(
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!!")) {
      Path broken = file(content);
      assertThatThrownBy(() -> CaBundle.load(broken))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(broken.toString())
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void aBundleCutShort() throws Exception {
    String pem = pem(certificate("first"));
    Path cut = file(pem + pem.substring(0, pem.length() / 2));

    assertThatThrownBy(() -> CaBundle.load(cut))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(cut.toString());
  }
}
