#include "run_apart.hpp"

#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace shoal;
using bencode::Document;
using bencode::Kind;
using bencode::Writer;

namespace {

Document parsed(std::string_view text)
{
    auto document = Document::parse(as_bytes(text));
    if (!document) FAIL(document.error().text);
    return std::move(*document);
}

std::string written(Writer& writer) { return std::string(as_text(writer.take())); }

/// Every value again, in the order it was read.
void copy(bencode::Node node, Writer& out)
{
    switch (node.kind()) {
    case Kind::integer: out.integer(*node.integer()); return;
    case Kind::string: out.string(*node.string()); return;
    case Kind::list:
        out.begin_list();
        for (const auto item : node.items()) copy(item, out);
        out.end_list();
        return;
    case Kind::dict:
        out.begin_dict();
        for (const auto& [key, value] : node.entries()) {
            out.key(key);
            copy(value, out);
        }
        out.end_dict();
        return;
    }
}

} // namespace

TEST_CASE("integers are read over the whole range of 64 bits", "[bencode]")
{
    CHECK(parsed("i0e").root().integer() == 0);
    CHECK(parsed("i-1e").root().integer() == -1);
    CHECK(parsed("i10e").root().integer() == 10);
    CHECK(parsed("i9223372036854775807e").root().integer() == std::numeric_limits<std::int64_t>::max());
    CHECK(parsed("i-9223372036854775808e").root().integer() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("strings are views of the input", "[bencode]")
{
    const std::string_view text("5:a\0:ie", 7);
    const auto document = parsed(text);
    CHECK(document.root().string() == std::string_view("a\0:ie", 5));
    CHECK(document.root().string()->data() == text.data() + 2);
    CHECK(document.root().bytes()->size() == 5);
    CHECK(document.root().size() == 5);
    CHECK(parsed("0:").root().string() == "");
}

TEST_CASE("lists are walked in order, whatever they hold", "[bencode]")
{
    const auto document = parsed("li1e3:twoli3eed4:fouri4eee");
    const auto list = document.root();
    REQUIRE(list.is_list());
    CHECK(list.size() == 4);
    std::vector<Kind> kinds;
    std::vector<std::string> raw;
    for (const auto item : list.items()) {
        kinds.push_back(item.kind());
        raw.emplace_back(as_text(item.raw()));
    }
    CHECK(kinds == std::vector{Kind::integer, Kind::string, Kind::list, Kind::dict});
    CHECK(raw == std::vector<std::string>{"i1e", "3:two", "li3ee", "d4:fouri4ee"});
    const auto empty = parsed("le");
    CHECK(empty.root().items().begin() == empty.root().items().end());
    CHECK(empty.root().size() == 0);
}

TEST_CASE("a dict is asked by key, for a value of the wanted kind", "[bencode]")
{
    const auto document = parsed("d1:ai1e1:bli2ee1:cd1:di3ee1:e1:fe");
    const auto dict = document.root();
    CHECK(dict.size() == 4);
    CHECK(dict.find_int("a") == 1);
    CHECK(dict.find_list("b")->size() == 1);
    CHECK(dict.find_dict("c")->find_int("d") == 3);
    CHECK(dict.find_string("e") == "f");
    CHECK(dict.find_bytes("e")->size() == 1);

    CHECK_FALSE(dict.find("d"));
    CHECK_FALSE(dict.find(""));
    CHECK_FALSE(dict.find_int("b"));
    CHECK_FALSE(dict.find_list("c"));
    CHECK_FALSE(dict.find_dict("e"));
    CHECK_FALSE(dict.find_string("a"));
    CHECK_FALSE(dict.find_bytes("c"));

    std::string keys;
    for (const auto& entry : dict.entries()) keys += entry.key;
    CHECK(keys == "abce");
}

TEST_CASE("a question that does not fit the kind has an empty answer", "[bencode]")
{
    const auto document = parsed("i7e");
    const auto node = document.root();
    CHECK_FALSE(node.string());
    CHECK_FALSE(node.bytes());
    CHECK_FALSE(node.find("a"));
    CHECK(node.size() == 0);
    CHECK(node.items().begin() == node.items().end());
    CHECK(node.entries().begin() == node.entries().end());
    const auto list = parsed("li1ee");
    CHECK(list.root().entries().begin() == list.root().entries().end());
    CHECK_FALSE(list.root().integer());
}

TEST_CASE("raw gives the exact bytes a value was read from", "[bencode]")
{
    const std::string text = "d4:infod6:lengthi5e4:name1:aee";
    const auto document = parsed(text);
    CHECK(as_text(document.root().raw()) == text);
    CHECK(as_text(document.root().find("info")->raw()) == "d6:lengthi5e4:name1:ae");
    CHECK(as_text(document.root().find_dict("info")->find("length")->raw()) == "i5e");
}

TEST_CASE("nodes go on when their document moves", "[bencode]")
{
    auto document = parsed("d1:ali1ei2eee");
    const auto list = *document.root().find("a");
    const auto moved = std::move(document);
    std::int64_t sum = 0;
    for (const auto item : list.items()) sum += *item.integer();
    CHECK(sum == 3);
    CHECK(moved.root().size() == 1);
}

TEST_CASE("a prefix is read and what follows is left to the caller", "[bencode]")
{
    const std::string text = "d8:msg_typei1ee\x01\x02\x03";
    const auto document = Document::parse_prefix(as_bytes(text));
    REQUIRE(document);
    CHECK(document->consumed() == text.size() - 3);
    CHECK(document->root().find_int("msg_type") == 1);
}

TEST_CASE("a dict is canonical when its keys ascend by unsigned bytes", "[bencode]")
{
    CHECK(parsed("d1:ai1e2:aai1e1:bi1ee").is_canonical());
    CHECK(parsed("d1:zi1e1:\xc3i1ee").is_canonical());
    CHECK_FALSE(parsed("d1:bi1e1:ai1ee").is_canonical());
    CHECK_FALSE(parsed("ld1:bi1e1:ai1eed1:ai1eee").is_canonical());
    CHECK_FALSE(parsed("d2:aai1e1:ai1ee").is_canonical());
}

TEST_CASE("the depth and the number of values may be limited", "[bencode]")
{
    CHECK(Document::parse(as_bytes("lllleeee"), {.depth = 4}));
    const auto deep = Document::parse(as_bytes("llllleeeee"), {.depth = 4});
    REQUIRE_FALSE(deep);
    CHECK(deep.error().code == Errc::limit_exceeded);
    CHECK(deep.error().text == "bencode: byte 4: nested deeper than 4");
    CHECK(Document::parse(as_bytes("i1e"), {.depth = 0}));

    CHECK(Document::parse(as_bytes("d1:a1:be"), {.tokens = 3}));
    CHECK(Document::parse(as_bytes("d1:a1:be"), {.tokens = 2}).error().code == Errc::limit_exceeded);
}

TEST_CASE("the writer encodes every kind of value", "[bencode]")
{
    Writer writer;
    writer.begin_dict();
    writer.key("bytes").bytes(as_bytes(std::string_view("\0\xff", 2)));
    writer.key("int").integer(-42);
    writer.key("list").begin_list().integer(1).string("two").begin_dict().end_dict().end_list();
    writer.key("raw").raw(as_bytes("d1:xi1ee"));
    writer.end_dict();
    CHECK(written(writer)
          == std::string("d5:bytes2:\0\xff", 12) + "3:inti-42e4:listli1e3:twodee3:rawd1:xi1eee");
    CHECK(written(writer.integer(std::numeric_limits<std::int64_t>::min())) == "i-9223372036854775808e");
    CHECK(written(writer.string("")) == "0:");
}

TEST_CASE("reading and writing a canonical value gives the same bytes", "[bencode]")
{
    const std::string text = "d0:le1:ad1:bi-7e2:bbl0:ledeee1:z3:abce";
    Writer writer;
    copy(parsed(text).root(), writer);
    CHECK(written(writer) == text);
}

TEST_CASE("a writer that is misused aborts rather than write what no one can read", "[bencode]")
{
    using Misuse = void (*)(Writer&);
    const Misuse misuses[] = {
        [](Writer& w) { w.begin_dict().key("b").integer(1).key("a"); },
        [](Writer& w) { w.begin_dict().key("a").integer(1).key("a"); },
        [](Writer& w) { w.begin_dict().key("").integer(1).key(""); },
        [](Writer& w) { w.begin_dict().integer(1); },
        [](Writer& w) { w.begin_dict().key("a").key("b"); },
        [](Writer& w) { w.begin_dict().key("a").end_dict(); },
        [](Writer& w) { w.begin_list().key("a"); },
        [](Writer& w) { w.begin_list().end_dict(); },
        [](Writer& w) { w.end_list(); },
        [](Writer& w) { w.integer(1).integer(2); },
        [](Writer& w) { static_cast<void>(w.begin_list().take()); },
        [](Writer& w) { static_cast<void>(w.take()); },
    };
    for (const auto misuse : misuses) {
        const auto ending = shoal::test::run_apart([&] {
            Writer writer;
            misuse(writer);
        });
        CHECK(ending.signal == SIGABRT);
    }
}
