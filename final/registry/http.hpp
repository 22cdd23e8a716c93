// SPDX-License-Identifier: MIT
// http: sends requests to a registry: libcurl-multi(3).
//
// The body of a response is read in pieces, when the caller asks for them, so that a
// layer can be unpacked while it arrives. The caller's thread does the work of the
// network while it waits; no other thread is needed.
//
// If the server redirects to another host, port or scheme, credentials in a header aren't
// sent there: CURLOPT_UNRESTRICTED_AUTH(3). Only http and https are used, and https is
// never redirected to http.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace zoomin::registry {

// Reports that a request got no complete answer.
class http_failure : public usage_error {
 public:
  http_failure(const std::string& text, std::string hint, bool temporary, bool no_tls)
      : usage_error(text, std::move(hint)), is_temporary(temporary), is_not_tls(no_tls) {}
  bool is_temporary;  // the same request may succeed later
  bool is_not_tls;    // the server seems to speak plain http
};

struct request {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers{};  // "Accept: a/b"
  // The body: a text, or `size` bytes of a file from an offset. Needs a method with one.
  std::string text{};
  int file = -1;  // borrowed
  std::uint64_t offset = 0, size = 0;
  bool repeatable = true;  // sending it again does no harm
  // Ends after the TLS handshake, which isn't verified. No request is sent.
  bool handshake_only = false;
};

// Describes how to verify a host, and the client to it.
struct tls_settings {
  bool verify = true;
  std::string authorities{};  // PEM, in addition to the system's
  std::string certificate{};  // paths of the client's certificate and key
  std::string key{};
};

// Keeps the connections of a thread to servers open between requests.
class connection {
 public:
  // Every wait of this connection throws base::cancelled once `is_stopped` returns true.
  connection(tls_settings tls, std::function<bool()> is_stopped);
  connection(connection&&) noexcept;
  ~connection();
  // Waits for a while. Throws base::cancelled.
  void pause(std::chrono::milliseconds time) const;
  void throw_if_stopped() const;
  // Replaces the function that the constructor was given.
  void stop_if(std::function<bool()> is_stopped);

 private:
  friend class exchange;
  struct handles;
  std::unique_ptr<handles> handles_;
};

// One request and its response. A connection has one exchange at a time.
class exchange {
 public:
  // Sends the request, and waits for the head of the final response. Throws http_failure,
  // base::cancelled.
  exchange(connection& to, const request& request);
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  ~exchange();

  [[nodiscard]] long status() const { return status_; }
  // Returns the value of a header, or "" without one. The name is in lower case.
  [[nodiscard]] std::string header(const std::string& name) const;
  // Returns the URL that answered, after redirections.
  [[nodiscard]] std::string url() const;
  // Returns the host and port of that URL if it is another host than that of the request,
  // or "".
  [[nodiscard]] std::string other_host() const;
  // Reads the next bytes of the body. Returns their number, which is 0 at the end. Throws
  // http_failure if the body isn't complete.
  std::size_t read(std::span<char> into);
  // Reads the rest of the body. Throws usage_error if it has more than `most` bytes.
  std::string text(std::uint64_t most);
  // Returns the seconds to wait that the server gives in Retry-After, or 0.
  [[nodiscard]] std::int64_t retry_after_s() const;
  // Calls `call` when the exchange ends.
  void at_end(std::function<void(const exchange&)> call) { at_end_ = std::move(call); }
  [[nodiscard]] const request& sent() const { return request_; }
  // Returns the bytes of the body so far.
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t on_send(char* bytes, std::size_t, std::size_t size, void* self);
  static int on_rewind(void* self, std::int64_t offset, int origin);
  static int on_progress(void* self, std::int64_t, std::int64_t down, std::int64_t,
                         std::int64_t up);
  void set_options();
  void set_body_options();
  void set_tls_options() const;
  void run();
  void warn_of_name_server() const;
  void collect_result();
  [[noreturn]] void fail(int code) const;
  [[noreturn]] void fail_timeout() const;

  connection& connection_;
  connection::handles& to_;
  request request_;
  std::function<void(const exchange&)> at_end_;
  void* headers_ = nullptr;  // curl_slist
  std::map<std::string, std::string> received_headers_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // bytes of buffer_ that read() has returned
  std::uint64_t sent_ = 0, received_ = 0;
  std::int64_t transferred_ = 0;
  std::chrono::steady_clock::time_point last_progress_;
  bool has_head_ = false, has_ended_ = false, is_paused_ = false;
  int result_ = 0;
  long status_ = 0;
  char error_text_[256] = {};
};

// Returns the scheme of a URL in lower case, such as "https", or "" if it has none.
std::string scheme_of(const std::string& url);
// Returns the host and port of a URL: "example.com:5000".
std::string host_of(const std::string& url);
// Returns true if the host is this machine: localhost, 127.0.0.0/8 or [::1]. A registry
// there may speak plain http.
bool is_loopback(const std::string& host);

}  // namespace zoomin::registry
