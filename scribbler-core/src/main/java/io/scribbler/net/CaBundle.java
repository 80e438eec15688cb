package io.scribbler.net;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A PEM file of certificate authorities, as {@code AWS_CA_BUNDLE} names one: they are trusted in
 * place of those that come with the JDK.
 */
public final class CaBundle {
  private CaBundle() {}

  /**
   * Trust managers that trust what a certificate of this file signed, and nothing else.
   *
   * @throws IOException with one line that names the file, if it can't be read or holds no
   *     certificate
   */
  public static TrustManager[] load(Path pem) throws IOException {
    Collection<? extends Certificate> certificates = read(pem);
    if (certificates.isEmpty()) {
      throw new IOException("no certificate in the CA bundle " + pem);
    }
    try {
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates) {
        anchors.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new IOException("the CA bundle " + pem + " can't be used: " + e.getMessage(), e);
    }
  }

  private static Collection<? extends Certificate> read(Path pem) throws IOException {
    // Buffered: the factory reads byte by byte, and a system's bundle has hundreds of thousands.
    try (InputStream in = new BufferedInputStream(Files.newInputStream(pem))) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no CA bundle " + pem, e);
    } catch (CertificateException e) {
      throw new IOException("the CA bundle " + pem + " is no PEM file: " + e.getMessage(), e);
    }
  }
}
