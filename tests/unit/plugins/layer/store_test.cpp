#include "fake_host.hpp"

#include <shoal/host.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <stdexcept>
#include <string>

namespace shoal::test {
namespace {

// What is kept; the store_table's functions have no other place to put it.
std::map<std::string, std::string>* kept = nullptr;

shoal_status read(const shoal_host*, shoal_text key, shoal_bytes* value)
{
    const auto at = kept->find(std::string(from_abi(key)));
    if (at == kept->end()) return SHOAL_E_NOT_FOUND;
    *value = to_abi(as_bytes(at->second));
    return SHOAL_OK;
}

shoal_status write(const shoal_host*, shoal_text key, shoal_bytes value)
{
    if (value.size > 8) return SHOAL_E_LIMIT;
    (*kept)[std::string(from_abi(key))] = as_text(from_abi(value));
    return SHOAL_OK;
}

shoal_status erase(const shoal_host*, shoal_text key)
{
    kept->erase(std::string(from_abi(key)));
    return SHOAL_OK;
}

shoal_status commit(const shoal_host*)
{
    (*kept)["committed"] = std::to_string(kept->size());
    return SHOAL_OK;
}

shoal_status list(const shoal_host*, shoal_text prefix, shoal_text after, shoal_text* keys, std::uint32_t capacity, std::uint32_t* count)
{
    if (from_abi(prefix) == "refused") return SHOAL_E_STATE;
    *count = 0;
    for (const auto& [key, value] : *kept) {
        if (*count < capacity && key > from_abi(after) && key.starts_with(from_abi(prefix))) keys[(*count)++] = to_abi(key);
    }
    return SHOAL_OK;
}

constexpr shoal_host_store_v1 store_table{sizeof(shoal_host_store_v1), 0, read, write, erase, commit, list};

} // namespace

TEST_CASE("what is kept is read, written and erased by key", "[layer]")
{
    std::map<std::string, std::string> values;
    kept = &values;
    FakeHost fake;
    fake.lent_too[SHOAL_SERVICE_STORE] = &store_table;
    const auto store = Host(fake.raw()).store();
    REQUIRE(store);
    CHECK_FALSE(store.read("k"));
    CHECK(store.write("k", as_bytes("v")));
    REQUIRE(store.read("k"));
    CHECK(as_text(*store.read("k")) == "v");
    const auto full = store.write("k", as_bytes("too long for it"));
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::limit_exceeded);
    store.erase("k");
    CHECK(values.empty());
    store.commit();
    CHECK(values.at("committed") == "0");
}

TEST_CASE("keys are listed in order, a thousand at a time, after the one that is given", "[layer]")
{
    std::map<std::string, std::string> values{{"a", ""}, {"c", ""}};
    for (int i = 0; i < 1'500; ++i) values["b/" + std::to_string(10'000 + i)] = "";
    kept = &values;
    FakeHost fake;
    fake.lent_too[SHOAL_SERVICE_STORE] = &store_table;
    const auto store = Host(fake.raw()).store();
    const auto first = store.keys("b/");
    REQUIRE(first.size() == Store::most_keys);
    CHECK(first.front() == "b/10000");
    const auto rest = store.keys("b/", first.back());
    REQUIRE(rest.size() == 500);
    CHECK(rest.back() == "b/11499");
    CHECK(store.keys("b/", rest.back()).empty());
    CHECK(store.keys("refused").empty());
}

TEST_CASE("where nothing is kept a plug-in finds out before it asks", "[layer]")
{
    FakeHost fake;
    const auto store = Host(fake.raw()).store();
    CHECK_FALSE(store);
    CHECK_THROWS_AS(store.read("k"), std::logic_error);
}

} // namespace shoal::test
