#include "coset/io/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "coset/base/error.h"

namespace coset::io {

std::string sha256_hex(std::initializer_list<std::span<const std::byte>> pieces) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  bool ok = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const std::span<const std::byte> piece : pieces)
    ok = ok && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ok = ok && EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1;
  check(ok, "[io::sha256_hex] OpenSSL offers no SHA-256");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

}  // namespace coset::io
