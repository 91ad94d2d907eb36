// A certificate for localhost that signs itself, and its key, as files; made new for each test run.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

// Writes `name`.crt and `name`.key into `folder`. `serial` tells certificates apart.
inline void write_tls_files(const std::filesystem::path& folder, const std::string& name, long serial) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  bool written = X509_sign(certificate, key, EVP_sha256()) > 0;
  if (std::FILE* const file = std::fopen((folder / (name + ".crt")).c_str(), "w")) {
    written = written && PEM_write_X509(file, certificate) == 1;
    std::fclose(file);
  }
  if (std::FILE* const file = std::fopen((folder / (name + ".key")).c_str(), "w")) {
    written = written && PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    std::fclose(file);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!written) throw std::runtime_error("no certificate could be made");
}
