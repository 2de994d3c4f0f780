#include "cli/saved_bodies.hpp"

#include "cli/daemon_answer.hpp"
#include "cli/rules_text.hpp"
#include "state/whole_file.hpp"

#include <shoal/bytes.hpp>
#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <vector>

namespace shoal::cli {

namespace fs = std::filesystem;
using control::Value;

namespace {

constexpr std::int64_t most_bodies = 10'000;

// Number `from` of them, the newest first; nothing: there are no more. One at a time, as one may be large.
Result<std::optional<Bytes>> body_of(Program& program, const RulesRequest& request, std::int64_t from)
{
    auto arguments = Value::Map{}.set("feed", request.feed).set("from", from).set("limit", 1).set("raw", true);
    const auto answer = daemon_answer(program, request.socket, "feeds.bodies", std::move(arguments));
    if (!answer) return answer.error();
    const auto* all = answer->as_list();
    if (all == nullptr || all->empty()) return std::optional<Bytes>();
    auto octets = from_hex(text_in_answer(all->front(), "body"));  // as bytes travel
    if (!octets) return octets.error();
    return std::optional(std::move(*octets));
}

Error nothing_kept(const std::string& feed)
{
    return make_error(Errc::not_found, fmt::format("nothing of feed {} is kept: it was not read yet, or plugins.rss.keep is 0", printable(feed)));
}

Result<void> write_new(const std::string& path, ByteView octets)
{
    std::error_code ignored;
    if (fs::exists(path, ignored)) return make_error(Errc::invalid_argument, path + " is there already");
    return state::write_whole_file(path, octets);
}

// A folder gets a file that is called after the feed.
std::string output_of(const RulesRequest& request)
{
    const auto name = file_name_of(request.feed) + ".xml";
    if (request.output.empty()) return name;
    std::error_code ignored;
    const bool is_folder = request.output.ends_with('/') || fs::is_directory(request.output, ignored);
    return is_folder ? (fs::path(request.output) / name).string() : request.output;
}

// "bodies.xml" and 2: "bodies-2.xml".
std::string numbered(const std::string& path, std::size_t number)
{
    const fs::path whole(path);
    const auto name = fmt::format("{}-{}{}", whole.stem().string(), number, whole.extension().string());
    return (whole.parent_path() / name).string();
}

Result<ExitCode> save_newest(Program& program, const RulesRequest& request)
{
    const auto body = body_of(program, request, 0);
    if (!body) return body.error();
    if (!*body) return nothing_kept(request.feed);
    if (request.output.empty()) {
        program.out << as_text(**body) << std::flush;
        return ExitCode::ok;
    }
    if (const auto written = write_new(output_of(request), **body); !written) return written.error();
    return ExitCode::ok;
}

Result<ExitCode> save_all(Program& program, const RulesRequest& request)
{
    std::vector<Bytes> bodies;
    for (std::int64_t from = 0; from < most_bodies; ++from) {
        auto body = body_of(program, request, from);
        if (!body) return body.error();
        if (!*body) break;
        bodies.push_back(std::move(**body));
    }
    if (bodies.empty()) return nothing_kept(request.feed);
    const auto output = output_of(request);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        const auto path = numbered(output, i + 1);
        if (const auto written = write_new(path, bodies[bodies.size() - 1 - i]); !written) return written.error();
        program.out << path << '\n';
    }
    program.out.flush();
    return ExitCode::ok;
}

}  // namespace

std::string file_name_of(const std::string& feed)
{
    auto name = printable(feed);
    for (auto& c : name) {
        if (c == '/' || c == '\0') c = '_';
    }
    if (name.starts_with('.') || name.starts_with('-')) name.front() = '_';
    return name;
}

Result<ExitCode> save_bodies(Program& program, const RulesRequest& request)
{
    return request.is_all ? save_all(program, request) : save_newest(program, request);
}

}  // namespace shoal::cli
