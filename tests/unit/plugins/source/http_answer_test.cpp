#include "answer.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

namespace shoal::http_source {
namespace {

std::string refusal(std::uint32_t status, std::string_view body, std::string_view type = "application/octet-stream")
{
    const shoal_header header{to_abi(std::string_view("content-type")), to_abi(type)};
    const auto checked = check_answer({.status = status, .url = "http://x.org/a", .headers = {&header, 1}, .body = as_bytes(body)}, "x.org");
    return checked ? "" : checked.error().text;
}

} // namespace

TEST_CASE("what begins like a dictionary may be a torrent, whatever type it is said to be of", "[source]")
{
    CHECK(refusal(200, "d4:infode").empty());
    CHECK(refusal(200, "d", "text/html").empty());
}

TEST_CASE("what is no torrent is refused in words that say what to do", "[source]")
{
    CHECK(refusal(200, "") == "x.org sends an empty file");
    const std::string page = "x.org sends a web page and no torrent; open it in a browser and copy the address of the .torrent, or the "
                             "magnet link";
    CHECK(refusal(200, "hello", "text/html; charset=utf-8") == page);
    CHECK(refusal(200, " \r\n<!doctype html>", "text/plain") == page);
    CHECK(refusal(200, "PK\3\4", "application/zip\n") == "x.org sends something that is no torrent (application/zip\\n)");
}

TEST_CASE("a code that is none of success is said, and what it means", "[source]")
{
    CHECK(refusal(403, "de") == "x.org wants you to log in, or does not let programs in; fetch the .torrent with your browser and name "
                                "the file (HTTP 403)");
    CHECK(refusal(404, "<html>") == "x.org has nothing at this address (HTTP 404)");
    CHECK(refusal(503, "") == "x.org is too busy; try again later (HTTP 503)");
    CHECK(refusal(500, "") == "x.org does not give it (HTTP 500)");
    CHECK(refusal(204, "") == "x.org does not give it (HTTP 204)");
}

TEST_CASE("a redirect is one that leads somewhere", "[source]")
{
    for (const std::uint32_t status : {301u, 302u, 303u, 307u, 308u}) CHECK(is_redirect(status));
    for (const std::uint32_t status : {200u, 300u, 304u, 404u}) CHECK_FALSE(is_redirect(status));
}

} // namespace shoal::http_source
