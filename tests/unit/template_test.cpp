// SPDX-License-Identifier: MIT
#include "cli/text/template.hpp"

#include <stdlib.h>
#include <time.h>

#include "common/error.hpp"
#include "docker/units.hpp"
#include "support/catch.hpp"

using namespace zoomin;

namespace {

const cli::json data = cli::json::parse(R"({
  "Name": "/web", "Running": true, "Paused": false, "Pid": 4711, "Nothing": null,
  "Config": {"Env": ["A=1", "B=2"], "Labels": {"tier": "front", "a.b": "dotted"}},
  "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": []},
  "Empty": [], "Args": ["-c", "echo \"hi\""]})");

std::string formatted(const std::string& text) { return cli::format(text).render(data); }

}  // namespace

TEST_CASE("a format's fields are filled in") {
  CHECK(formatted("{{.Name}} has {{ .Pid }}") == "/web has 4711");
  CHECK(formatted("{{.Config.Labels.tier}}{{.Running}}{{.Nothing}}") == "fronttrue[]");
  CHECK(formatted("{{json .Config.Env}} {{json .Name}}") == R"(["A=1","B=2"] "/web")");
  CHECK(formatted("{{.Config.Env}} {{.Config.Labels}}") ==
        "[A=1 B=2] map[tier:front a.b:dotted]");
  CHECK(formatted("{{index .Config.Labels \"a.b\"}}{{index .Config.Labels \"none\"}}") ==
        "dotted");
  CHECK(formatted(R"({{(index (index .Ports "80/tcp") 0).HostPort}})") == "8080");
  CHECK(formatted(R"({{(index .Ports "80/tcp" 0).HostPort}})") == "8080");
  CHECK(formatted("no action, } and { apart") == "no action, } and { apart");
  CHECK(formatted("{{json .Args}}") == R"(["-c","echo \"hi\""])");
}

TEST_CASE("a format's blocks repeat and choose") {
  CHECK(formatted("{{range .Config.Env}}<{{.}}>{{end}}") == "<A=1><B=2>");
  CHECK(formatted("{{range $i, $one := .Config.Env}}{{$i}}:{{$one}} {{$.Pid}};{{end}}") ==
        "0:A=1 4711;1:B=2 4711;");
  CHECK(
      formatted("{{range $p, $to := .Ports}}{{$p}}{{with $to}}->{{(index . 0).HostPort}}"
                "{{end}} {{end}}") == "80/tcp->8080 53/udp ");
  CHECK(formatted("{{range .Empty}}x{{else}}none{{end}}") == "none");
  CHECK(formatted("{{if .Running}}up{{else}}down{{end}}{{if .Paused}}!{{end}}") == "up");
  CHECK(formatted("{{if and .Running (not .Paused)}}runs{{end}}") == "runs");
  CHECK(formatted("{{if eq .Name \"/web\"}}web{{end}}{{if gt .Pid 1}} child{{end}}") ==
        "web child");
  CHECK(formatted("a {{- .Pid -}}  b") == "a4711b");
  const std::string chain = "{{if .Paused}}1{{else if .Running}}2{{else}}3{{end}}";
  CHECK(formatted(chain + "{{if .Paused}}1{{else if .Paused}}2{{else}}3{{end}}") == "23");
  CHECK(formatted(
            "{{$x := .Name}}{{with $y := .Pid}}{{$x}} {{$y}}{{end}}{{$x = 7}}{{$x}}") ==
        "/web 47117");
  CHECK(formatted("{{/* says nothing */}}{{- /* {nor this} */ -}} !") == "!");
}

TEST_CASE("a format finds empty fields, and fields by either name") {
  CHECK(formatted("{{if .Health}}{{.Health.Status}}{{else}}none{{end}}") == "none");
  CHECK(formatted("{{with .Healthcheck}}x{{end}}{{.ExposedPorts}}") == "map[]");
  const cli::json entry = {{"Id", "12"}, {"timeNano", 5}, {"Labels", "a=1,b.c=2=3,d="}};
  CHECK(cli::format("{{.ID}} {{.Id}} {{.TimeNano}}").render(entry) == "12 12 5");
  CHECK(
      cli::format("{{.Label \"b.c\"}}|{{.Label \"d\"}}|{{.Label \"c\"}}").render(entry) ==
      "2=3||");
  const cli::json mount = {{"Destination", "/x"}};
  CHECK(cli::format("{{.Name}}{{.Driver}}").render(mount).empty());
}

TEST_CASE("a format's functions") {
  CHECK(formatted("{{.Name | upper | printf \"%s!\"}}") == "/WEB!");
  CHECK(formatted("{{join .Config.Env \", \"}} {{len .Config.Env}}") == "A=1, B=2 2");
  CHECK(formatted("{{index (split .Name \"/\") 1}}") == "web");
  CHECK(formatted("{{printf \"%-6s|%3d|%%\" .Name .Pid}}") == "/web  |4711|%");
  CHECK(formatted("{{truncate .Name 2}}{{title \"ab cd\"}}{{lower \"AB\"}}") ==
        "/wAb Cdab");
  CHECK(formatted("{{println .Pid .Name}}") == "4711 /web\n");
  CHECK(formatted("{{`raw\\t`}}{{true}}") == "raw\\ttrue");
  CHECK(formatted("{{slice .Name 1 3}}{{slice .Name 1}} {{slice .Config.Env 1 2}}") ==
        "weweb [B=2]");
  CHECK(formatted("{{title .Name}} {{split .Name \"/\"}}") == "/Web [ web]");
  CHECK(formatted(
            "{{ge .Pid 4711}}{{le .Pid 1}}{{eq .Pid 1 2 4711}}{{and 1 2 0}}{{or 0 3}}") ==
        "truefalsetrue03");
  CHECK(formatted(R"({{printf "%x" "é"}})") == "c3a9");
  CHECK(formatted(R"({{printf "%q %05d %x %t %.2f|%-4v|" .Name 42 255 true 1.5 7}})") ==
        "\"/web\" 00042 ff true 1.50|7   |");
  CHECK(formatted("{{pad .Name 1 2}}|{{.Name}}{{\"\t\"}}{{.Pid}}") ==
        " /web  |/web\t4711");
}

TEST_CASE("an invalid format causes one line") {
  for (const char* text : {"{{.Nosuch}}",
                           "{{",
                           "{{}}",
                           "{{.Name",
                           "{{end}}",
                           "{{else}}",
                           "{{if .Running}}",
                           "{{range .Name}}x{{end}}",
                           "{{nosuch .Name}}",
                           "{{.Name.More}}",
                           "{{.Name | }}",
                           "{{index .Config.Env 9}}",
                           "{{(.Name}}",
                           "{{.Name)}}",
                           "{{()}}",
                           "{{\"open}}",
                           "{{if}}x{{end}}",
                           "{{join .Config.Env}}",
                           "{{printf \"%s\"}}",
                           "{{printf \"%\"}}",
                           "{{$nosuch}}",
                           "{{.Name .Pid}}",
                           "{{len}}",
                           "{{slice .Name 3 1}}",
                           "{{slice .Name 9}}",
                           "{{slice .Pid}}",
                           "{{slice .Config.Labels 0 1}}",
                           "{{printf \"%z\" 1}}",
                           "{{/* open",
                           "{{#}}"}) {
    INFO(text);
    try {
      formatted(text);
      FAIL("it was taken");
    } catch (const usage_error& refused) {
      const std::string why = refused.what();
      CHECK(why.starts_with("--format: "));
      CHECK(why.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("rows are listed in the given format") {
  const cli::json headings{{"ID", "CONTAINER ID"}, {"Name", "NAMES"}};
  const std::vector<cli::json> rows{{{"ID", "1"}, {"Name", "web"}},
                                    {{"ID", "22"}, {"Name", "data\x1b[2J"}}};
  const auto listed = [&](const std::string& wanted) {
    return cli::render_list(rows, headings, wanted, "table {{.ID}}\t{{.Name}}");
  };
  CHECK(listed("") ==
        "CONTAINER ID   NAMES\n1              web\n22             data\\x1b[2J\n");
  CHECK(listed("table") == listed(""));
  CHECK(listed("table {{.Name}}\\t{{.ID}}").starts_with("NAMES         CONTAINER ID\n"));
  CHECK(listed("{{.ID}}\\t{{upper .Name}}").starts_with("1\tWEB\n22\t"));
  CHECK(listed("json").starts_with("{\"ID\":\"1\",\"Name\":\"web\"}\n"));
  CHECK(cli::render_list({}, headings, "", "table {{.ID}}") == "CONTAINER ID\n");
}

TEST_CASE("sizes and times are formatted like Docker's") {
  CHECK(docker::binary_size_text(0) == "0B");
  CHECK(docker::binary_size_text(64 << 20) == "64MiB");
  CHECK(docker::binary_size_text(1'300'000) == "1.24MiB");
  CHECK(docker::size_text(999) == "999B");
  CHECK(docker::size_text(4'860'000) == "4.86MB");
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  CHECK(docker::date_text(1769860800) == "2026-01-31 12:00:00 +0000 UTC");
  ::setenv("TZ", "CET-1CEST", 1);
  ::tzset();
  CHECK(docker::date_text(1769860800) == "2026-01-31 13:00:00 +0100 CET");
}
