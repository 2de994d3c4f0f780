#include "rpc/line_buffer.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using rpc::LineBuffer;
using Kind = LineBuffer::Kind;

namespace {

std::vector<std::string> lines_of(LineBuffer& buffer)
{
    std::vector<std::string> lines;
    for (auto next = buffer.next(); next.kind != Kind::none; next = buffer.next()) {
        lines.push_back(next.kind == Kind::line ? std::string(next.text) : "(too long)");
    }
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come out whole, however they came in", "[rpc]")
{
    const std::string text = "one\n\ntwo\nthree";
    for (std::size_t cut = 1; cut <= text.size(); ++cut) {
        CAPTURE(cut);
        LineBuffer buffer(100);
        Lines lines;
        for (std::size_t at = 0; at < text.size(); at += cut) {
            buffer.feed(as_bytes(std::string_view(text).substr(at, cut)));
            for (auto& line : lines_of(buffer)) lines.push_back(line);
        }
        CHECK(lines == Lines{"one", "", "two"});
        CHECK(buffer.held() == 5);
        CHECK(buffer.is_inside_line());
    }
}

TEST_CASE("a line of the greatest length is taken, one octet more is not, and the next line is", "[rpc]")
{
    LineBuffer buffer(4);
    buffer.feed(as_bytes("1234\n12345\nok\n"));
    CHECK(lines_of(buffer) == Lines{"1234", "(too long)", "ok"});
    CHECK_FALSE(buffer.is_inside_line());
}

TEST_CASE("a line that never ends is said to be too long once, and none of it is kept", "[rpc]")
{
    LineBuffer buffer(4);
    Lines lines;
    for (int i = 0; i < 1000; ++i) {
        buffer.feed(as_bytes("xxx"));
        for (auto& line : lines_of(buffer)) lines.push_back(line);
        REQUIRE(buffer.held() <= 4);
        REQUIRE(buffer.is_inside_line());
    }
    CHECK(lines == Lines{"(too long)"});
    buffer.feed(as_bytes("x\nok\n"));
    CHECK(lines_of(buffer) == Lines{"ok"});
}

TEST_CASE("a line that is dropped is gone to its end", "[rpc]")
{
    LineBuffer buffer(100);
    buffer.feed(as_bytes("half a"));
    CHECK(lines_of(buffer).empty());
    buffer.drop_line();
    CHECK(buffer.held() == 0);
    buffer.feed(as_bytes(" line\nwhole\n"));
    CHECK(lines_of(buffer) == Lines{"whole"});
}
