#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

namespace shoal::host::test {

namespace {

// Writes down what it is told, in order.
struct Reader final : SourceSink {
    void on_answer(std::uint64_t operation, SourceAnswer answer) override
    {
        using Kind = SourceAnswer::Kind;
        std::string line = std::to_string(operation);
        switch (answer.kind) {
        case Kind::torrent_file: line += " torrent " + std::string(as_text(answer.torrent)); break;
        case Kind::magnet: line += " magnet " + answer.text; break;
        case Kind::elsewhere: line += " elsewhere " + answer.text; break;
        case Kind::failed: line += " failed " + std::to_string(answer.status) + (answer.text.empty() ? "" : " " + answer.text); break;
        }
        heard.push_back(line);
    }
    std::vector<std::string> heard;
};

struct SourceStage : Stage {
    SourceStage() : Stage({.kind = "source"})
    {
        auto with = context();
        with.source = &reader;
        start(std::move(with));
    }

    std::uint64_t open() { return instance->open_resolving(); }
    const shoal_host_source_v1& service() const { return *probe.source; }

    shoal_status torrent(std::uint64_t operation, std::string_view octets)
    {
        return as_plugin([&] { return service().torrent_file(probe.host, operation, to_abi(as_bytes(octets))); });
    }
    shoal_status magnet(std::uint64_t operation, shoal_text link)
    {
        return as_plugin([&] { return service().magnet(probe.host, operation, link); });
    }
    shoal_status elsewhere(std::uint64_t operation, shoal_text identifier)
    {
        return as_plugin([&] { return service().elsewhere(probe.host, operation, identifier); });
    }
    shoal_status fail(std::uint64_t operation, shoal_status status, shoal_text why = {})
    {
        return as_plugin([&] { return service().failed(probe.host, operation, status, why); });
    }

    Reader reader;
};

using Heard = std::vector<std::string>;

std::string line(std::uint64_t operation, const std::string& rest)
{
    return std::to_string(operation) + " " + rest;
}

}  // namespace

TEST_CASE("each way an operation can end is told on the loop", "[host][source]")
{
    SourceStage stage;
    const auto a = stage.open();
    const auto b = stage.open();
    const auto c = stage.open();
    const auto d = stage.open();
    CHECK(stage.torrent(a, "de") == SHOAL_OK);
    CHECK(stage.magnet(b, text("magnet:?x")) == SHOAL_OK);
    CHECK(stage.elsewhere(c, text("x.torrent")) == SHOAL_OK);
    CHECK(stage.fail(d, SHOAL_E_NOT_FOUND, text("nothing\xff here")) == SHOAL_OK);
    CHECK(stage.reader.heard.empty());
    stage.environment.loop.run();
    CHECK(stage.reader.heard == Heard{line(a, "torrent de"), line(b, "magnet magnet:?x"), line(c, "elsewhere x.torrent"),
                                      line(d, "failed -100 nothing\xef\xbf\xbd here")});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a second end of an operation, of whatever kind, is a strike and reaches nobody", "[host][source]")
{
    SourceStage stage;
    const auto operation = stage.open();
    CHECK(stage.torrent(operation, "de") == SHOAL_OK);
    CHECK(stage.magnet(operation, text("magnet:?x")) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 1);
    stage.environment.loop.run();
    CHECK(stage.fail(operation, SHOAL_E_IO) == SHOAL_E_ARGUMENT);
    CHECK(stage.elsewhere(77, text("x")) == SHOAL_E_ARGUMENT);
    stage.environment.loop.run();
    CHECK(stage.reader.heard == Heard{line(operation, "torrent de")});
    CHECK(stage.instance->strikes() == 3);
    CHECK(stage.lines.contains("ended an operation twice, or one that never was"));
}

TEST_CASE("an operation that ends inside the call that started it is a strike, and still told later", "[host][source]")
{
    SourceStage stage;
    const auto earlier = stage.open();
    const auto operation = stage.open();
    stage.instance->call("resolve", [&] {
        CHECK(stage.service().magnet(stage.probe.host, earlier, text("magnet:?1")) == SHOAL_OK);
        CHECK(stage.instance->strikes() == 0);
        CHECK(stage.service().magnet(stage.probe.host, operation, text("magnet:?2")) == SHOAL_OK);
        CHECK(stage.reader.heard.empty());
    });
    stage.environment.loop.run();
    CHECK(stage.reader.heard == Heard{line(earlier, "magnet magnet:?1"), line(operation, "magnet magnet:?2")});
    CHECK(stage.instance->strikes() == 1);
    CHECK(stage.lines.contains("from inside the call that started it"));
}

TEST_CASE("an answer that makes no sense is the plug-in's fault, and ends the operation", "[host][source]")
{
    SourceStage stage;
    const auto operation = stage.open();
    const std::string too_long(SHOAL_SOURCE_LONGEST_TEXT + 1, 'x');
    const std::string largest(SHOAL_SOURCE_LARGEST_FILE, 'x');
    const auto check_broken = [&](shoal_status status) {
        CHECK(status == SHOAL_OK);
        stage.environment.loop.run();
        REQUIRE(stage.reader.heard.size() == 1);
        CHECK_THAT(stage.reader.heard[0], Catch::StartsWith(line(operation, "failed -500 the plug-in is broken: ")));
        CHECK(stage.instance->strikes() == 1);
    };
    SECTION("a torrent of one octet too many") { check_broken(stage.torrent(operation, largest + "x")); }
    SECTION("a torrent that is not there")
    {
        check_broken(stage.as_plugin([&] { return stage.service().torrent_file(stage.probe.host, operation, {nullptr, 5}); }));
    }
    SECTION("a link that is empty") { check_broken(stage.magnet(operation, {})); }
    SECTION("a link that is too long") { check_broken(stage.magnet(operation, text(too_long))); }
    SECTION("an identifier that is not there") { check_broken(stage.elsewhere(operation, {nullptr, 5})); }
    SECTION("a failure that is none") { check_broken(stage.fail(operation, SHOAL_OK)); }
    SECTION("a failure of no known kind") { check_broken(stage.fail(operation, -4711)); }
    SECTION("a reason that is too long") { check_broken(stage.fail(operation, SHOAL_E_IO, text(too_long))); }
    SECTION("the largest torrent is none of them")
    {
        CHECK(stage.torrent(operation, largest) == SHOAL_OK);
        stage.environment.loop.run();
        CHECK(stage.reader.heard == Heard{line(operation, "torrent " + largest)});
        CHECK(stage.instance->strikes() == 0);
    }
}

TEST_CASE("an abandoned operation is heard no more, and ends once without a strike", "[host][source]")
{
    SourceStage stage;
    const auto operation = stage.open();
    stage.instance->abandon_resolving(operation);
    CHECK(stage.fail(operation, SHOAL_E_CANCELLED) == SHOAL_OK);
    CHECK(stage.instance->strikes() == 0);
    CHECK(stage.fail(operation, SHOAL_E_CANCELLED) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 1);

    // Abandoned between its end and the loop's next turn.
    const auto crossed = stage.open();
    stage.torrent(crossed, "de");
    stage.instance->abandon_resolving(crossed);
    stage.environment.loop.run();
    CHECK(stage.reader.heard.empty());
    stage.instance->abandon_resolving(crossed);
    CHECK(stage.torrent(crossed, "de") == SHOAL_E_ARGUMENT);
}

TEST_CASE("operations end once when the instance is stopped: open ones as cancelled", "[host][source]")
{
    SourceStage stage;
    const auto open = stage.open();
    const auto ended = stage.open();
    const auto abandoned = stage.open();
    stage.torrent(ended, "de");
    stage.instance->abandon_resolving(abandoned);
    stage.instance->stop();
    const Heard expected{line(open, "failed -400"), line(ended, "torrent de")};
    CHECK(stage.reader.heard == expected);
    stage.environment.loop.run();
    stage.instance.reset();
    CHECK(stage.reader.heard == expected);
}

TEST_CASE("an instance that is just destroyed tells nobody of its operations", "[host][source]")
{
    SourceStage stage;
    stage.torrent(stage.open(), "de");
    stage.open();
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(stage.reader.heard.empty());
}

TEST_CASE("a source plug-in speaks on its strand", "[host][source]")
{
    SourceStage stage;
    const auto operation = stage.open();
    shoal_status status = SHOAL_OK;
    std::thread([&] { status = stage.service().magnet(stage.probe.host, operation, text("magnet:?x")); }).join();
    CHECK(status == SHOAL_E_THREAD);
    stage.environment.loop.run();
    CHECK(stage.reader.heard.empty());
}

TEST_CASE("the service of sources is lent to instances that somebody listens to", "[host][source]")
{
    Stage stage({.kind = "source"});
    stage.start();
    CHECK(stage.probe.source == nullptr);
}

}  // namespace shoal::host::test
