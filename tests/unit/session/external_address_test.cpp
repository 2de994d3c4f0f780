#include "session/external_address.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;
using session::ExternalAddress;

namespace {

Address at(const std::string& text)
{
    return *Address::parse(text);
}

}  // namespace

TEST_CASE("three who agree are believed, two are not", "[session]")
{
    ExternalAddress external;
    CHECK_FALSE(external.vote(at("9.9.9.9"), at("1.0.0.1")));
    CHECK_FALSE(external.vote(at("9.9.9.9"), at("1.0.0.2")));
    CHECK(external.vote(at("9.9.9.9"), at("1.0.0.3")) == at("9.9.9.9"));
}

TEST_CASE("one teller has one vote, however often it speaks", "[session]")
{
    ExternalAddress external;
    for (int i = 0; i < 50; ++i) external.vote(at("6.6.6.6"), at("1.0.0.1"));
    CHECK_FALSE(external.verdict(false));
}

TEST_CASE("an address of the local network is nobody's outside", "[session]")
{
    ExternalAddress external;
    for (int i = 1; i < 10; ++i) external.vote(at("192.168.1.2"), at("1.0.0." + std::to_string(i)));
    CHECK_FALSE(external.verdict(false));
}

TEST_CASE("the families are told apart, and a new address wins in time", "[session]")
{
    ExternalAddress external;
    for (int i = 1; i <= 5; ++i) external.vote(at("9.9.9.9"), at("1.0.0." + std::to_string(i)));
    for (int i = 1; i <= 3; ++i) external.vote(at("2001:db8::9"), at("1.0.0." + std::to_string(i)));
    CHECK(external.verdict(false) == at("9.9.9.9"));
    CHECK(external.verdict(true) == at("2001:db8::9"));
    for (int i = 1; i <= 100; ++i) external.vote(at("7.7.7.7"), at("2.0.0." + std::to_string(i)));
    CHECK(external.verdict(false) == at("7.7.7.7"));
}
