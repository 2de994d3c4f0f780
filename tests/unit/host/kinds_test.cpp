#include "host/kinds.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/source.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace shoal::host {

namespace {

shoal_status search(void*, std::uint64_t, const shoal_search*)
{
    return SHOAL_OK;
}

void cancel(void*, std::uint64_t) {}
std::int32_t claims(void*, shoal_text)
{
    return 0;
}

shoal_status resolve(void*, std::uint64_t, const shoal_source_request*)
{
    return SHOAL_OK;
}

void on_peer(void*, const shoal_peer_view*) {}
void on_message(void*, std::uint64_t, shoal_bytes) {}

// Why a table is refused; empty: it is not.
template <class Table>
std::string refusal(std::string_view kind, const Table& table)
{
    const auto* known = find_kind(kind);
    REQUIRE(known != nullptr);
    const auto checked = known->check(&table);
    return checked ? "" : checked.error().text;
}

}  // namespace

TEST_CASE("a discovery plug-in must be able to search and to cancel, and need do no more", "[host][kinds]")
{
    shoal_discovery_v1 table{sizeof table, 0, search, cancel, nullptr, nullptr, nullptr};
    CHECK(refusal(SHOAL_KIND_DISCOVERY, table).empty());
    table.search = nullptr;
    CHECK(refusal(SHOAL_KIND_DISCOVERY, table) == "its table lacks the function search");
    table.search = search;
    table.cancel = nullptr;
    CHECK(refusal(SHOAL_KIND_DISCOVERY, table) == "its table lacks the function cancel");
}

TEST_CASE("a source plug-in must be able to claim, to resolve and to cancel", "[host][kinds]")
{
    const auto without = [](auto function) {
        shoal_source_v1 table{sizeof table, 0, claims, resolve, cancel};
        if (function != nullptr) table.*function = nullptr;
        return refusal(SHOAL_KIND_SOURCE, table);
    };
    CHECK(without(decltype(&shoal_source_v1::claims){}).empty());
    CHECK(without(&shoal_source_v1::claims) == "its table lacks the function claims");
    CHECK(without(&shoal_source_v1::resolve) == "its table lacks the function resolve");
    CHECK(without(&shoal_source_v1::cancel) == "its table lacks the function cancel");
}

TEST_CASE("an extension plug-in must be told of peers and of messages", "[host][kinds]")
{
    shoal_extension_v1 table{sizeof table, 0, to_abi(std::string_view("ut_x")), on_peer, on_message, nullptr, nullptr};
    CHECK(refusal(SHOAL_KIND_EXTENSION, table).empty());
    table.on_peer = nullptr;
    CHECK(refusal(SHOAL_KIND_EXTENSION, table) == "its table lacks the function on_peer");
    table.on_peer = on_peer;
    table.on_message = nullptr;
    CHECK(refusal(SHOAL_KIND_EXTENSION, table) == "its table lacks the function on_message");
}

TEST_CASE("the message of an extension has a name of 1 to 64 octets", "[host][kinds]")
{
    shoal_extension_v1 table{sizeof table, 0, {}, on_peer, on_message, nullptr, nullptr};
    const auto refusal_of = [&](shoal_text message) {
        table.message = message;
        return refusal(SHOAL_KIND_EXTENSION, table);
    };
    const std::string name(65, 'n');
    const std::string wrong = "its message has no name, or one of more than 64 octets";
    CHECK(refusal_of({name.data(), 1}).empty());
    CHECK(refusal_of({name.data(), 64}).empty());
    CHECK(refusal_of({name.data(), 65}) == wrong);
    CHECK(refusal_of({name.data(), 0}) == wrong);
    CHECK(refusal_of({nullptr, 5}) == wrong);
}

TEST_CASE("a discovery and a source plug-in belong to a session, an extension to a torrent", "[host][kinds]")
{
    CHECK(find_kind(SHOAL_KIND_DISCOVERY)->scope == Scope::session);
    CHECK(find_kind(SHOAL_KIND_SOURCE)->scope == Scope::session);
    CHECK(find_kind(SHOAL_KIND_EXTENSION)->scope == Scope::torrent);
    CHECK(find_kind("shoal.discovery/2") == nullptr);
}

}  // namespace shoal::host
