// What scripts want of the outside, from Lua to the host and back.
#include "service_host.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace shoal::script_lua::test {
namespace {

// A script with these grants whose handler of "go" runs `body`; what it prints is in the log.
struct Wanting : ServiceHost {
    void script(const std::string& grants, const std::string& body)
    {
        write("a.lua", "-- grants: " + grants + "\nshoal.on('go', 'h', function(e)\n" + body + "\nend)");
        start();
        publish("go");
    }
};

// Of what scripts.list says of the first script; null: nothing.
Value field_of_first(ServiceHost& host, const char* name)
{
    const auto listed = host.list();
    const auto* field = (*listed.as_list())[0].as_map()->find(name);
    return field == nullptr ? Value{} : *field;
}

} // namespace

TEST_CASE("a web server that is granted is asked, and its answer comes where it was asked", "[script][http]")
{
    Wanting host;
    host.script("http(api.example.org)", R"(
        local answer, err = shoal.http.post { url = "https://api.example.org/hook", json = { text = e.event }, headers = { ["x-key"] = 7 }, max_bytes = 1000 }
        print(answer.status, answer.ok, answer.headers["content-type"], answer.body))");
    REQUIRE(host.web.size() == 1);
    CHECK(host.web[0].url == "https://api.example.org/hook");
    CHECK(host.web[0].method == "POST");
    CHECK(host.web[0].body == R"({"text":"go"})");
    CHECK(host.web[0].headers == std::map<std::string, std::string>{{"content-type", "application/json"}, {"x-key", "7"}});
    CHECK(host.web[0].max_body == 1000);
    CHECK(host.web[0].local_targets == SHOAL_LOCAL_ALL);
    host.answer_web(404, "no such thing", {{"content-type", "text/plain"}});
    CHECK(host.has_logged("a: 404 false text/plain no such thing"));
}

TEST_CASE("a web server that is not granted is not asked, and the error says how to grant it", "[script][http]")
{
    Wanting host;
    host.script("http(api.example.org)", "print(shoal.http.get('http://other.example:8080/x'))");
    CHECK(host.web.empty());
    CHECK(host.has_logged("a: nil other.example:8080 is not granted; the script has to begin with the line \"-- grants: http(other.example:8080)\""));
}

TEST_CASE("the local network is reached only by a host that is granted by its name", "[script][http]")
{
    Wanting host;
    host.script("http(*.example)", "print(shoal.http.get('http://a.example/'))");
    REQUIRE(host.web.size() == 1);
    CHECK(host.web[0].local_targets == SHOAL_LOCAL_NONE);
    host.fail_web(SHOAL_E_ACCESS, "a private address");
    CHECK(host.has_logged("-- grants: http(a.example)"));
}

TEST_CASE("a redirect is followed within what is granted, without the keys of the host before", "[script][http]")
{
    Wanting host;
    host.script("http(a.example, b.example)", R"(
        print(shoal.http.get { url = "http://a.example/x", headers = { authorization = "key", ["x-other"] = "1" } }))");
    SECTION("to another that is granted")
    {
        host.answer_web(302, "", {{"location", "https://b.example/y"}});
        REQUIRE(host.web.size() == 1);
        CHECK(host.web[0].url == "https://b.example/y");
        CHECK(host.web[0].headers == std::map<std::string, std::string>{{"x-other", "1"}});
    }
    SECTION("to one that is not")
    {
        host.answer_web(302, "", {{"location", "http://c.example/y"}});
        CHECK(host.web.empty());
        CHECK(host.has_logged("c.example is not granted"));
    }
    SECTION("for ever")
    {
        for (int i = 0; i < 6; ++i) host.answer_web(302, "", {{"location", "/again"}});
        CHECK(host.web.empty());
        CHECK(host.has_logged("a.example redirects too often"));
    }
}

TEST_CASE("where a request goes is not for its headers to say", "[script][http]")
{
    Wanting host;
    host.script("http(a.example)", "print(shoal.http.get { url = 'http://a.example/', headers = { Host = 'b.example' } })");
    CHECK(host.web.empty());
    CHECK(host.has_logged("this header is not a script's to set"));
}

TEST_CASE("S1 an answer of a gigabyte is not taken: what a script asks for is cut to 4 MiB", "[script][http][limits]")
{
    Wanting host;
    host.script("http(a.example)", "print(shoal.http.get { url = 'http://a.example/', max_bytes = 1 << 30 })");
    REQUIRE(host.web.size() == 1);
    CHECK(host.web[0].max_body == 4u << 20);
    host.answer_web(200, std::string((4u << 20) + 1, 'x'));
    CHECK(host.has_logged("a: nil the answer is longer than max_bytes"));
}

TEST_CASE("S1 a body of a gigabyte cannot be made, and one of two megabytes not sent", "[script][http][limits]")
{
    Wanting host;
    host.script("http(a.example)", R"(
        print(pcall(function() return shoal.http.post { url = "http://a.example/", body = ("x"):rep(1e9) } end))
        print(pcall(function() return shoal.http.post { url = "http://a.example/", body = ("x"):rep(2e6) } end)))");
    CHECK(host.has_logged("resulting string too large"));
    CHECK(host.has_logged("more than 1 MiB of text"));
    CHECK(host.web.empty());
}

TEST_CASE("S1 of 10,000 requests at once eight are under way, 1,000 wait and the others are refused", "[script][http][limits]")
{
    Wanting host;
    host.script("http(a.example)", "shoal.on('ask', 'asker', function() shoal.http.get('http://a.example/') end)");
    const Value nothing(Value::Map{});
    const AbiValue payload(nothing);
    for (int i = 0; i < 9'999; ++i) host.on_event(host.ear, 1, to_abi(std::string_view("ask")), payload.pointer());
    host.publish("ask");
    CHECK(host.web.size() == 8);
    CHECK(host.has_logged("too many handlers wait for something"));
    for (int i = 0; i < 100; ++i) host.answer_web(200, "");
    CHECK(host.web.size() == 8);
}

TEST_CASE("numbers that are kept are counted up at once", "[script][kv]")
{
    Wanting host;
    host.script("", "print(shoal.kv.incr('n'), shoal.kv.incr('n', 41), shoal.kv.get('n')) shoal.kv.set('t', 'x') print(shoal.kv.incr('t'))");
    CHECK(host.has_logged("a: 1 42 42"));
    CHECK(host.has_logged("what is kept there is no whole number"));
}

TEST_CASE("files are a script's when they are granted", "[script][fs]")
{
    Wanting host;
    const auto granted = host.folder / "granted";
    std::filesystem::create_directories(granted);
    host.script("fs(" + granted + ":rw)", "print(shoal.fs.write('" + granted + "/x', 'text'), shoal.fs.read('" + granted
                                              + "/x')) print(shoal.fs.read('/etc/passwd'))");
    CHECK(host.has_logged("a: true text"));
    CHECK(host.has_logged("a: nil /etc/passwd is not granted"));
}

TEST_CASE("a program that is granted is run with its arguments as they are, and what it says and how it ends comes back", "[script][proc]")
{
    Wanting host;
    host.script("proc(/bin/sh)", R"(
        local ended = shoal.proc.run { argv = { "/bin/sh", "-c", "echo \"$1-$NAME\"; echo bad >&2; exit 3", "x", "$HOME; ls" }, env = { NAME = "n" } }
        print(ended.code, ended.output, ended.errors, ended.cut))");
    CHECK(host.wait_for("a: 3 $HOME; ls-n\n bad\n false"));
}

TEST_CASE("how the programs of a script ended can be seen afterwards, also those that could not be run", "[script][proc]")
{
    Wanting host;
    host.script("proc(/bin/sh, /bin/nothing-there)", R"(
        shoal.proc.run { argv = { "/bin/sh", "-c", "echo out; echo bad >&2; exit 3" } }
        shoal.proc.run { argv = { "/bin/nothing-there" } }
        print("over"))");
    REQUIRE(host.wait_for("a: over"));
    host.call("scripts.programs", Value::Map{}.set("script", "a"));
    REQUIRE(host.answered.size() == 1);
    const auto& programs = *host.answered[0].value.as_list();
    REQUIRE(programs.size() == 2);
    CHECK_FALSE(programs[0].as_map()->find("why")->as_text()->empty());
    const auto& first = *programs[1].as_map();
    CHECK(*first.find("code") == Value(3));
    CHECK(*first.find("output") == Value("out\n"));
    CHECK(*first.find("errors") == Value("bad\n"));
    CHECK(*first.find("argv") == Value(Value::List{"/bin/sh", "-c", "echo out; echo bad >&2; exit 3"}));
    host.call("scripts.programs", Value::Map{}.set("script", "b"));
    CHECK(host.answered.back().status == SHOAL_E_NOT_FOUND);
}

TEST_CASE("a program that is not granted is not run", "[script][proc]")
{
    Wanting host;
    host.script("proc(/bin/true)", "print(shoal.proc.run { argv = { '/bin/sh', '-c', 'true' } }) print(shoal.proc.run { argv = { 'true' } })");
    CHECK(host.has_logged("-- grants: proc(/bin/sh)"));
    CHECK(host.has_logged("-- grants: proc(true)"));
}

TEST_CASE("a program is given nothing that makes it load code of others", "[script][proc]")
{
    const std::string name = GENERATE("LD_PRELOAD", "LD_LIBRARY_PATH", "GCONV_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "BASH_ENV",
                                      "ENV", "RUBYOPT", "NODE_OPTIONS");
    Wanting host;
    host.script("proc(/bin/sh)", "print(shoal.proc.run { argv = { '/bin/sh', '-c', 'true' }, env = { " + name + " = '/tmp/x' } })");
    CHECK(host.has_logged("a: nil proc: env may not have " + name));
}

TEST_CASE("a program gets none of our descriptors and nothing of our environment", "[script][proc]")
{
    Wanting host;
    const std::ifstream open_file("/dev/null"); // as something that nobody marked
    host.script("proc(/bin/sh, /usr/bin/env)", R"(
        print(shoal.proc.run { argv = { "/bin/sh", "-c", "ls /proc/self/fd | wc -l" } }.output)
        print(shoal.proc.run { argv = { "/usr/bin/env" } }.output))");
    CHECK(host.wait_for("PATH="));
    CHECK(host.has_logged("a: 4\n")); // 0, 1, 2 and that of ls
    CHECK_FALSE(host.has_logged("HOME="));
}

TEST_CASE("S1 a program that never ends is killed when its time is up, with what it began", "[script][proc][limits]")
{
    Wanting host;
    host.script("proc(/bin/sh)", "print(shoal.proc.run { argv = { '/bin/sh', '-c', 'echo here; sleep 1000 & sleep 1000' }, timeout = 0.2 })");
    CHECK(host.wait_for("took too long and was killed; at the end it said: here"));
}

TEST_CASE("S1 what a program leaves running in the background goes when it ends", "[script][proc][limits]")
{
    Wanting host;
    const auto file = host.folder / "left";
    host.script("proc(/bin/sh)", "print(shoal.proc.run { argv = { '/bin/sh', '-c', '(while :; do echo x >> " + file
                                     + "; sleep 0.01; done) & while [ ! -s " + file + " ]; do sleep 0.01; done' } }.code)");
    REQUIRE(host.wait_for("a: 0"));
    const auto size = std::filesystem::file_size(file);
    for (int i = 0; i < 5; ++i) host.settle();
    CHECK(std::filesystem::file_size(file) == size);
}

TEST_CASE("S1 a program that floods us is heard to its limit, and ends with its time", "[script][proc][limits]")
{
    Wanting host;
    SECTION("and does not end")
    {
        host.script("proc(/bin/sh)", "print(shoal.proc.run { argv = { '/bin/sh', '-c', 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyy; done' }, timeout = 0.3 })");
        CHECK(host.wait_for("took too long"));
    }
    SECTION("and ends")
    {
        host.script("proc(/bin/sh)", R"(
            local ended = shoal.proc.run { argv = { "/bin/sh", "-c", "head -c 3000000 /dev/zero" }, max_output = 1000 }
            print(ended.code, #ended.output, ended.cut))");
        CHECK(host.wait_for("a: 0 1000 true"));
    }
}

TEST_CASE("a program goes with the script that runs it, when its five seconds are over", "[script][proc]")
{
    Wanting host;
    const auto file = host.folder / "alive";
    host.script("proc(/bin/sh)", "shoal.proc.run { argv = { '/bin/sh', '-c', 'while :; do echo x >> " + file + "; sleep 0.01; done' } }");
    for (int i = 0; i < 100 && !std::filesystem::exists(file); ++i) host.settle();
    host.write("a.lua", "print('new')");
    host.look();
    REQUIRE(host.wait_for("a: new"));
    const auto written = [&] { return std::filesystem::file_size(file); };
    auto size = written();
    for (int i = 0; i < 3; ++i) host.settle();
    CHECK(written() > size);
    host.fake.wait(5'000'000'000);
    host.work();
    for (int i = 0; i < 5; ++i) host.settle(); // it is killed when it is looked at
    size = written();
    host.settle();
    CHECK(written() == size);
}

TEST_CASE("people are notified where they said, by scripts that may", "[script][notify]")
{
    Wanting host;
    host.texts["notify_urls"] = "https://hook.example/a http://127.0.0.1:9/b";
    SECTION("granted")
    {
        host.script("notify", "print(shoal.notify.send { title = 'done', text = 'film' }.sent)");
        REQUIRE(host.web.size() == 2);
        CHECK(host.web[0].url == "https://hook.example/a");
        CHECK(host.web[0].body == R"({"text":"film","title":"done","script":"a"})");
        host.answer_web(204, "");
        host.fail_web(SHOAL_E_NETWORK, "nobody is there");
        CHECK(host.has_logged("a: 1"));
    }
    SECTION("not granted")
    {
        host.script("", "print(shoal.notify.send 'film')");
        CHECK(host.web.empty());
        CHECK(host.has_logged("-- grants: notify"));
    }
    SECTION("by a program")
    {
        host.texts["notify_urls"] = "";
        host.texts["notify_command"] = "/bin/false";
        host.script("notify", "print(shoal.notify.send 'film')");
        CHECK(host.wait_for("a: nil the command failed"));
    }
    SECTION("and what is no address is left out, and said at the start")
    {
        host.texts["notify_urls"] = "hook.example https://hook.example/a";
        host.script("notify", "print(shoal.notify.send('film').sent)");
        CHECK(host.has_logged("plugins.lua.notify_urls: hook.example is not told anything"));
        REQUIRE(host.web.size() == 1);
        host.answer_web(204, "");
        CHECK(host.has_logged("a: 1"));
    }
    SECTION("nowhere")
    {
        host.texts["notify_urls"] = "";
        host.script("notify", "print(shoal.notify.send 'film')");
        CHECK(host.has_logged("set plugins.lua.notify_urls"));
    }
}

TEST_CASE("options are set in a file beside the scripts, in the types of their defaults", "[script][opts]")
{
    ServiceHost host;
    std::filesystem::create_directories(host.folder / "scripts/opts");
    const auto set = [&](const std::string& text) { std::ofstream(host.folder / "scripts/opts/a.conf") << text; };
    set("# set by hand\nhook = https://x.example/?a=b\n ratio=3\nloud = true\nunknown = 1\n");
    host.write("a.lua", "shoal.opts { hook = '', ratio = 2.0, loud = false, other = 'x' } print(shoal.opts.hook, shoal.opts.ratio, shoal.opts.loud, shoal.opts.other)");
    host.start();
    CHECK(host.has_logged("a: https://x.example/?a=b 3 true x"));
    CHECK(host.has_logged("there is no option unknown"));
    set("ratio = much\n");
    host.write("a.lua", "shoal.opts { ratio = 2.0 }");
    host.look();
    CHECK(host.has_logged("opts/a.conf: ratio is to be a number and is much"));
    set("ratio\n");
    host.write("a.lua", "shoal.opts { ratio = 2.0 }");
    host.look();
    CHECK(host.has_logged("line 1 of its options is no"));
}

TEST_CASE("an option that a script does not have is shown with the script", "[script][opts]")
{
    ServiceHost host;
    std::filesystem::create_directories(host.folder / "scripts/opts");
    std::ofstream(host.folder / "scripts/opts/a.conf") << "ratoi = 3\n";
    host.write("a.lua", "shoal.opts { ratio = 2.0 }");
    host.start();
    const auto shown = [&] { return field_of_first(host, "warnings"); };
    CHECK(shown() == Value(Value::List{"opts/a.conf: there is no option ratoi"}));
    CHECK(host.has_logged("opts/a.conf: there is no option ratoi"));
    std::ofstream(host.folder / "scripts/opts/a.conf") << "ratio = 3\n";
    host.write("a.lua", "shoal.opts { ratio = 2.5 }");
    host.look();
    CHECK(shown().is_null());
}

TEST_CASE("S1 options that are no ordinary file are not waited for", "[script][opts][limits]")
{
    ServiceHost host;
    std::filesystem::create_directories(host.folder / "scripts/opts");
    REQUIRE(::mkfifo((host.folder / "scripts/opts/a.conf").c_str(), 0600) == 0);
    host.write("a.lua", "print('never')");
    host.write("b.lua", "print('goes on')");
    host.start();
    CHECK(host.has_logged("opts/a.conf is no ordinary file"));
    CHECK(host.has_logged("b: goes on"));
}

TEST_CASE("a script that asks for more than before is shown, with what", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "-- grants: settings");
    host.start();
    host.write("a.lua", "-- grants: settings, http(new.example), delete_data");
    host.look();
    CHECK(host.has_logged("script a asks for more than before: http(new.example)"));
    CHECK(host.count_logged("asks for more") == 2);
    const auto listed = host.list();
    const auto& script = *(*listed.as_list())[0].as_map();
    CHECK(*script.find("new_grants") == Value(Value::List{"delete_data", "http(new.example)"}));
    CHECK(script.find("grants")->as_list()->size() == 3);
}

TEST_CASE("the feeds that a script declares are shown, without what may be a key", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.rss.feed { name = 'daily', url = 'https://feeds.example.org:8443/secret/daily.xml?key=1' } shoal.rss.feed { url = 'http://example.org' }");
    host.start();
    const auto feeds = [&] { return field_of_first(host, "feeds"); };
    const Value daily(Value::Map{}.set("name", "daily").set("url", "https://feeds.example.org:8443/…"));
    CHECK(feeds() == Value(Value::List{daily, Value(Value::Map{}.set("url", "http://example.org/"))}));
    host.write("a.lua", "");
    host.look();
    CHECK(feeds().is_null());
}

TEST_CASE("what a script says of itself is text, whatever octets are in it", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "print(1)");
    host.start();
    host.write("a.lua", "-- grants: http(\xff\xfe)\nprint(pcall(shoal.on, 'go', '\xff', print))");
    host.look();
    CHECK(host.has_logged("a name has 1 to 128 octets of UTF-8"));
    CHECK(*(*host.list().as_list())[0].as_map()->find("new_grants") == Value(Value::List{"http(\xEF\xBF\xBD\xEF\xBF\xBD)"}));
}

TEST_CASE("the last twenty mistakes of a script are kept, also when it changes", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('go', 'h', function(e) error('number ' .. e.n) end) shoal.on('good', 'h2', print)");
    host.start();
    for (int i = 1; i <= 30; ++i) {
        host.publish("go", Value::Map{}.set("n", i));
        if (i % 4 != 0) continue;
        host.write("a.lua", "shoal.on('go', 'h', function(e) error('number ' .. e.n) end)"); // before it is suspended
        host.look();
    }
    const auto listed = host.list();
    const auto& errors = *(*listed.as_list())[0].as_map()->find("errors")->as_list();
    REQUIRE(errors.size() == 20);
    CHECK_THAT(*errors[0].as_map()->find("why")->as_text(), Catch::Contains("number 30"));
    CHECK_THAT(*errors[19].as_map()->find("why")->as_text(), Catch::Contains("number 11"));
}

} // namespace shoal::script_lua::test
