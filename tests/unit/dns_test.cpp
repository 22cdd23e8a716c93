// SPDX-License-Identifier: MIT
// Unit tests of DNS messages, valid and invalid.
#include "network/dns_message.hpp"

#include <random>

#include "network/dns_server.hpp"
#include "support/catch.hpp"

using namespace zoomin;

namespace {

std::string asking(const std::string& name, char type = 1) {
  std::string result("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (std::size_t begin = 0; begin < name.size();) {
    const auto end = std::min(name.find('.', begin), name.size());
    result += static_cast<char>(end - begin);
    result += name.substr(begin, end - begin);
    begin = end + 1;
  }
  return result + std::string("\0\0", 2) + type + std::string("\0\1", 2);
}

}  // namespace

TEST_CASE("an answer that is too long for a datagram is marked as truncated") {
  const std::string question = asking("one");
  const auto query = dns::parse(question);
  REQUIRE(query);
  const std::vector<net::address> many(40, net::address{0x0a500007});
  const auto has_bit = [](const std::string& message) { return (message[2] & 2) != 0; };
  const auto answer_within = [&](std::size_t most) {
    return dns::answer(question, *query, dns::code::fine, many, most);
  };
  CHECK(answer_within(dns::longest).size() <= dns::longest);
  CHECK(has_bit(answer_within(dns::longest)));
  CHECK(answer_within(dns::longest_over_tcp).size() == question.size() + 40UL * 16);
  CHECK_FALSE(has_bit(answer_within(dns::longest_over_tcp)));
}

TEST_CASE("a question is parsed") {
  const auto query = dns::parse(asking("db.example"));
  REQUIRE(query);
  CHECK(query->name == "db.example");
  CHECK(query->type == dns::type_a);
  CHECK(query->end == asking("db.example").size());
  CHECK(dns::parse(asking("x", 28))->type == dns::type_aaaa);
  // The part that EDNS adds is ignored.
  CHECK(dns::parse(asking("x") + "more")->end == asking("x").size());
}

TEST_CASE("messages other than a question for one name are ignored") {
  const std::string fine = asking("db");
  for (std::size_t size = 0; size < fine.size(); ++size) {
    INFO(size);
    CHECK_FALSE(dns::parse(std::string_view(fine).substr(0, size)));
  }
  const auto changed = [&](std::size_t at, char to) {
    std::string other = fine;
    other[at] = to;
    return other;
  };
  CHECK_FALSE(dns::parse(changed(2, '\x81')));   // an answer
  CHECK_FALSE(dns::parse(changed(2, '\x28')));   // another opcode
  CHECK_FALSE(dns::parse(changed(5, 0)));        // no question
  CHECK_FALSE(dns::parse(changed(5, 2)));        // two
  CHECK_FALSE(dns::parse(changed(12, '\xc0')));  // a pointer to itself
  CHECK_FALSE(dns::parse(changed(12, '\x3f')));  // a label beyond the end
  CHECK_FALSE(dns::parse(changed(18, 3)));       // another class
  std::string labels;
  for (int i = 0; i < 127; ++i) labels += "a.";
  CHECK_FALSE(dns::parse(asking(labels + "aa")));
  CHECK_FALSE(dns::parse(std::string(5000, '\1')));
}

TEST_CASE("any bytes are parsed safely, and each parsed question can be answered") {
  std::mt19937 random(7);
  const std::string fine = asking("some.longer.name.here");
  int parsed = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes = fine;
    for (int n = 0; n < 3; ++n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % 3 != 0 ? bytes.size() : random() % bytes.size());
    if (const auto question = dns::parse(bytes)) {
      ++parsed;
      const auto answer = dns::answer(bytes, *question, dns::code::fine, {{0x0a500002}});
      CHECK(answer.size() == question->end + 16);
      CHECK(answer.substr(0, 2) == bytes.substr(0, 2));
    }
  }
  CHECK(parsed > 1000);
}

TEST_CASE("an answer has the addresses, and no more than fit") {
  const std::string question = asking("db");
  const auto query = *dns::parse(question);
  const auto item = dns::answer(question, query, dns::code::fine, {{0x0a500007}});
  CHECK(item == std::string("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00", 12) +
                    question.substr(12) +
                    std::string("\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x50\0\7", 16));
  const auto none = dns::answer(question, query, dns::code::no_such_name);
  CHECK(none[3] == '\x83');
  CHECK(none[7] == 0);
  CHECK(dns::answer(question, query, dns::code::fine, std::vector<net::address>(1000))
            .size() <= dns::longest);
}

TEST_CASE("the servers of a resolv.conf are found") {
  CHECK(
      network::servers_in("# c\nnameserver 1.2.3.4\nsearch a b\n nameserver  ::1\n"
                          "nameserver 8.8.8.8 # x\nnameserver nonsense\nnameserver\n") ==
      std::vector<std::string>{"1.2.3.4", "8.8.8.8"});
}
