// SPDX-License-Identifier: MIT
#include "registry/http.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <utility>

#include "base/cancellation.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"

namespace zoomin::registry {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_buffered = 1UL << 20;
constexpr std::size_t max_headers = 200;
constexpr long piece_bytes = 256L << 10;
constexpr long max_redirections = 10;
constexpr int wait_ms = 100;
constexpr auto name_server_delay = 1s;

// Returns how long a server may send nothing. The user can raise it for slow registries.
std::chrono::seconds timeout() {
  const char* seconds = std::getenv("ZOOMIN_REGISTRY_TIMEOUT");
  const long value = seconds != nullptr ? std::strtol(seconds, nullptr, 10) : 0;
  return value > 0 ? std::chrono::seconds(value) : 60s;
}

// Initializes libcurl. Honours HTTP_PROXY in capitals too, like docker; curl ignores it
// for the sake of CGI programs.
void prepare_curl() {
  static const bool done = [] {
    const char* proxy = std::getenv("HTTP_PROXY");
    if (proxy != nullptr && std::getenv("http_proxy") == nullptr)
      ::setenv("http_proxy", proxy, 1);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }();
  if (!done) throw std::runtime_error("libcurl can't be initialized");
}

bool is_temporary(int code) {
  switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

std::string hint_of(int code, const std::string& host) {
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return fmt::format(
        "put the authority's certificate into /etc/docker/certs.d/{}/ca.crt, or use "
        "--tls-verify=false",
        host);
  if (code == CURLE_COULDNT_RESOLVE_HOST)
    return "check the registry's name and this machine's DNS";
  if (code == CURLE_SSL_CONNECT_ERROR)
    return "a registry that speaks plain http needs --tls-verify=false";
  return "";
}

// Returns the directory in which OpenSSL finds a certificate by the hash of its subject,
// or "" if the system has none. Parsing the file with all certificates would take 20 ms
// for each connection.
std::string hashed_certificates() {
  const std::string directory = "/etc/ssl/certs";
  if (!sys::exists(directory + "/ca-certificates.crt")) return "";
  const bool hashed =
      std::ranges::any_of(sys::list_directory(directory),
                          [](const std::string& name) { return name.ends_with(".0"); });
  return hashed ? directory : "";
}

void use_hashed_certificates(CURL* easy) {
  static const std::string directory = hashed_certificates();
  if (directory.empty()) return;
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, directory.c_str());
}

}  // namespace

struct connection::handles {
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  tls_settings tls;
  std::function<bool()> is_stopped;
};

connection::connection(tls_settings tls, std::function<bool()> is_stopped)
    : handles_(std::make_unique<handles>()) {
  prepare_curl();
  handles_->is_stopped = std::move(is_stopped);
  handles_->tls = std::move(tls);
  handles_->easy = curl_easy_init();
  handles_->multi = curl_multi_init();
  if (handles_->easy == nullptr || handles_->multi == nullptr)
    throw std::runtime_error("libcurl can't allocate a handle");
}

connection::connection(connection&&) noexcept = default;

connection::~connection() {
  if (!handles_) return;
  curl_easy_cleanup(handles_->easy);
  curl_multi_cleanup(handles_->multi);
}

void connection::throw_if_stopped() const {
  if (handles_->is_stopped()) throw base::cancelled();
}

void connection::stop_if(std::function<bool()> is_stopped) {
  handles_->is_stopped = std::move(is_stopped);
}

void connection::pause(std::chrono::milliseconds time) const {
  constexpr auto moment = 50ms;
  for (; time > 0ms; time -= moment) {
    throw_if_stopped();
    std::this_thread::sleep_for(std::min(moment, time));
  }
}

std::string scheme_of(const std::string& url) {
  const auto end = url.find("://");
  return end == std::string::npos ? "" : sys::lower_case(url.substr(0, end));
}

std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

bool is_loopback(const std::string& host) {
  if (host.starts_with("[")) return host.starts_with("[::1]");
  const std::string name = host.substr(0, host.find(':'));
  const bool numeric = name.find_first_not_of("0123456789.") == std::string::npos;
  return name == "localhost" || (name.starts_with("127.") && numeric);
}

exchange::exchange(connection& to, const request& request)
    : connection_(to),
      to_(*to.handles_),
      request_(request),
      last_progress_(std::chrono::steady_clock::now()) {
  set_options();
  curl_multi_add_handle(to_.multi, to_.easy);
  try {
    while (!has_head_ && !has_ended_) run();
    if (has_ended_ && result_ != CURLE_OK) fail(result_);
    curl_easy_getinfo(to_.easy, CURLINFO_RESPONSE_CODE, &status_);
  } catch (...) {
    curl_multi_remove_handle(to_.multi, to_.easy);
    curl_slist_free_all(static_cast<curl_slist*>(headers_));
    throw;
  }
}

exchange::~exchange() {
  if (at_end_) at_end_(*this);
  curl_multi_remove_handle(to_.multi, to_.easy);
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

void exchange::set_options() {
  CURL* const easy = to_.easy;
  curl_easy_reset(easy);  // connections stay open
  const auto wanted = scheme_of(request_.url);
  if (wanted != "http" && wanted != "https")
    throw usage_error(
        fmt::format("{}: expected a URL of http or https", sys::quote(request_.url)));
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, wanted.c_str());
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
                   wanted == "https" ? "https" : "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, max_redirections);
  curl_easy_setopt(easy, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
  if (is_loopback(host_of(request_.url))) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, piece_bytes);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, timeout().count());
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // don't wait for name servers
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "zoomin");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : request_.headers)
    list = curl_slist_append(list, header.c_str());
  headers_ = list;
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
  set_body_options();
  set_tls_options();
}

void exchange::set_body_options() {
  CURL* const easy = to_.easy;
  if (request_.file < 0) request_.size = request_.text.size();
  if (request_.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (request_.method != "GET" && request_.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.size));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, piece_bytes);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
  }
}

void exchange::set_tls_options() const {
  CURL* const easy = to_.easy;
  const tls_settings& tls = to_.tls;
  if (request_.handshake_only) curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  const bool verifies = tls.verify && !request_.handshake_only;
  if (!verifies) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (verifies && scheme_of(request_.url) == "https") use_hashed_certificates(easy);
  if (!tls.authorities.empty()) {
    std::string text = tls.authorities;
    curl_blob blob{text.data(), text.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!tls.certificate.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.certificate.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key.c_str());
  }
}

std::size_t exchange::on_header(char* bytes, std::size_t /*always 1*/, std::size_t size,
                                void* self) {
  auto& exchange = *static_cast<registry::exchange*>(self);
  std::string_view line(bytes, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
    line.remove_suffix(1);
  exchange.last_progress_ = std::chrono::steady_clock::now();
  if (line.starts_with("HTTP/")) exchange.received_headers_.clear();  // redirected
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  if (exchange.received_headers_.size() >= max_headers) return 0;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  auto& known =
      exchange.received_headers_[sys::lower_case(std::string(line.substr(0, colon)))];
  known += (known.empty() ? "" : ", ") + std::string(value);
  return size;
}

std::size_t exchange::on_body(char* bytes, std::size_t /*always 1*/, std::size_t size,
                              void* self) {
  auto& exchange = *static_cast<registry::exchange*>(self);
  exchange.has_head_ = true;
  if (exchange.buffer_.size() - exchange.consumed_ >= max_buffered) {
    exchange.is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  exchange.buffer_.append(bytes, size);
  return size;
}

std::size_t exchange::on_send(char* bytes, std::size_t /*always 1*/, std::size_t size,
                              void* self) {
  auto& exchange = *static_cast<registry::exchange*>(self);
  const request& from = exchange.request_;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(size, from.size - exchange.sent_));
  if (from.file < 0) {
    from.text.copy(bytes, wanted, exchange.sent_);
    exchange.sent_ += wanted;
    return wanted;
  }
  const auto got =
      ::pread(from.file, bytes, wanted, static_cast<off_t>(from.offset + exchange.sent_));
  if (got < 0 || (got == 0 && wanted > 0)) return CURL_READFUNC_ABORT;
  exchange.sent_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

// Refuses to send a body again if that isn't harmless. libcurl does so when a connection
// that it kept open breaks. If the server has taken the first one, a piece of an upload
// would be added twice.
int exchange::on_rewind(void* self, std::int64_t offset, int /*origin*/) {
  auto& exchange = *static_cast<registry::exchange*>(self);
  if (!exchange.request_.repeatable && exchange.sent_ > 0) return CURL_SEEKFUNC_FAIL;
  exchange.sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int exchange::on_progress(void* self, std::int64_t /*all_down*/, std::int64_t down,
                          std::int64_t /*all_up*/, std::int64_t up) {
  auto& exchange = *static_cast<registry::exchange*>(self);
  if (std::exchange(exchange.transferred_, down + up) != down + up)
    exchange.last_progress_ = std::chrono::steady_clock::now();
  return 0;
}

// Lets curl work until something has changed, but not longer than wait_ms.
void exchange::run() {
  connection_.throw_if_stopped();
  int running = 0;
  const auto before = buffer_.size();
  if (std::exchange(is_paused_, false)) curl_easy_pause(to_.easy, CURLPAUSE_CONT);
  curl_multi_perform(to_.multi, &running);
  collect_result();
  if (has_ended_ || buffer_.size() != before) return;
  curl_multi_poll(to_.multi, nullptr, 0, wait_ms, nullptr);
  const auto waited = std::chrono::steady_clock::now() - last_progress_;
  if (waited > name_server_delay) warn_of_name_server();
  if (waited > timeout()) fail_timeout();
}

// Warns if the name servers don't answer. The request fails only after 10 s or more:
// resolv.conf(5), "timeout" and "attempts".
void exchange::warn_of_name_server() const {
  static std::atomic<bool> has_warned = false;
  curl_off_t resolved = 0;
  curl_easy_getinfo(to_.easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
  if (resolved > 0 || has_warned.exchange(true)) return;
  narration::warn(fmt::format(
      "waiting for the address of {}: the name servers in /etc/resolv.conf don't answer",
      host_of(request_.url)));
}

void exchange::collect_result() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(to_.multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    has_ended_ = true;
    result_ = message->data.result;
  }
}

void exchange::fail(int code) const {
  const std::string reason = error_text_[0] != '\0'
                                 ? error_text_
                                 : curl_easy_strerror(static_cast<CURLcode>(code));
  const std::string host = host_of(request_.url);
  throw http_failure(fmt::format("{} {}: {}", request_.method, request_.url, reason),
                     hint_of(code, host), is_temporary(code),
                     code == CURLE_SSL_CONNECT_ERROR);
}

void exchange::fail_timeout() const {
  throw http_failure(fmt::format("{} {}: no answer for {} s", request_.method,
                                 request_.url, timeout().count()),
                     "ZOOMIN_REGISTRY_TIMEOUT=SECONDS sets the limit", has_head_, false);
}

std::string exchange::header(const std::string& name) const {
  const auto found = received_headers_.find(name);
  return found == received_headers_.end() ? "" : found->second;
}

std::string exchange::url() const {
  char* last = nullptr;
  curl_easy_getinfo(to_.easy, CURLINFO_EFFECTIVE_URL, &last);
  return last != nullptr ? last : request_.url;
}

std::string exchange::other_host() const {
  const std::string host = host_of(url());
  return host == host_of(request_.url) ? "" : host;
}

std::int64_t exchange::retry_after_s() const {
  curl_off_t seconds = 0;
  curl_easy_getinfo(to_.easy, CURLINFO_RETRY_AFTER, &seconds);
  return seconds;
}

std::size_t exchange::read(std::span<char> into) {
  if (buffer_.size() == consumed_) {
    buffer_.clear();
    consumed_ = 0;
    last_progress_ = std::chrono::steady_clock::now();  // the caller may have been busy
  }
  while (buffer_.empty() && !has_ended_) run();
  const auto size = std::min(into.size(), buffer_.size() - consumed_);
  std::copy_n(buffer_.data() + consumed_, size, into.data());
  consumed_ += size;
  received_ += size;
  if (size == 0 && result_ != CURLE_OK) fail(result_);
  return size;
}

std::string exchange::text(std::uint64_t most) {
  std::string result;
  std::vector<char> piece(piece_bytes);
  while (const auto size = read(piece)) {
    if (result.size() + size > most)
      throw usage_error(fmt::format("{} {}: the answer is larger than {} bytes",
                                    request_.method, request_.url, most));
    result.append(piece.data(), size);
  }
  return result;
}

}  // namespace zoomin::registry
