#include "cli/demo_command.hpp"

#include "cli/interruption.hpp"
#include "cli/keyboard.hpp"
#include "cli/quantity.hpp"
#include "cli/screen_log.hpp"
#include "cli/tracker_command.hpp"
#include "metainfo/create.hpp"
#include "peer/stream_transport.hpp"
#include "session/session.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

#include <stdlib.h>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

constexpr auto patience = std::chrono::minutes{5};

Error interrupted()
{
    return make_error(Errc::cancelled, "interrupted");
}

// Five files, an empty one among them, of which most share pieces with their neighbours.
Result<void> generate(const fs::path& folder, std::uint64_t size, RandomStream random,
                      const Interruption& interruption)
{
    const std::array<std::pair<const char*, std::uint64_t>, 5> files = {{{"film/feature.bin", size * 6 / 10},
                                                                        {"film/trailer.bin", size / 10},
                                                                        {"music/track one.bin", size / 5},
                                                                        {"notes/empty.txt", 0},
                                                                        {"notes/readme.bin", size / 10 + 12345}}};
    Bytes chunk(1u << 20);
    for (const auto& [name, length] : files) {
        std::error_code problem;
        fs::create_directories((folder / name).parent_path(), problem);
        std::ofstream file(folder / name, std::ios::binary);
        for (std::uint64_t at = 0; at < length; at += chunk.size()) {
            if (interruption.has_come()) return interrupted();
            random.fill(chunk);
            const auto part = std::min<std::uint64_t>(chunk.size(), length - at);
            file.write(reinterpret_cast<const char*>(chunk.data()), static_cast<std::streamsize>(part));
        }
        if (!file) return make_error(Errc::io_error, fmt::format("cannot write {}", (folder / name).string()));
    }
    return {};
}

bool same_content(const fs::path& a, const fs::path& b)
{
    std::ifstream first(a, std::ios::binary);
    std::ifstream second(b, std::ios::binary);
    if (!first || !second || fs::file_size(a) != fs::file_size(b)) return false;
    return std::equal(std::istreambuf_iterator<char>(first), {}, std::istreambuf_iterator<char>(second));
}

// One client of the demonstration.
struct Actor final : torrent::TorrentEvents {
    Actor(Program& program, std::string actor_name, std::uint64_t up_rate)
        : name(std::move(actor_name)), environment(program.live.environment()),
          transport(environment.loop, environment.network),
          session({environment, transport, program.registry, *this, program.log.with_prefix(name)},
                  {.listen = {*Endpoint::parse("127.0.0.1:0")}, .up_rate = up_rate, .checked = program.checked})
    {
    }

    void on_event(TorrentHandle, std::string_view event, control::Value payload) override
    {
        if (event == "torrent.finished") finished_at = environment.loop.now();
        if (event == "disk.error") failure = *payload.as_map()->find("why")->as_text();
    }

    std::string name;
    fs::path folder;
    std::vector<std::string> pickers;
    environment::Environment environment;
    peer::StreamTransport transport;
    session::Session session;
    TorrentHandle torrent{0};
    environment::Time began_at{};
    std::optional<environment::Time> finished_at;
    std::string failure;

    bool is_complete() const { return finished_at.has_value(); }
    double seconds() const { return std::chrono::duration<double>(*finished_at - began_at).count(); }
};

class Demonstration {
public:
    Demonstration(Program& program, const DemoOptions& options, fs::path folder, const Interruption& interruption)
        : program_(program), folder_(std::move(folder)), options_(options), interruption_(interruption),
          display_(make_display(options.display, program.out, [] { return terminal_columns().value_or(100); })),
          redraw_(program.live.loop())
    {
        if (program_.screen != nullptr) program_.screen->show_around(display_.get());
    }
    ~Demonstration()
    {
        if (program_.screen != nullptr) program_.screen->show_around(nullptr);
    }

    Result<void> prepare();
    Result<void> run();
    Result<void> verify();

private:
    Result<std::vector<std::string>> start_tracker();
    Result<void> start(Actor& actor, std::vector<std::string> pickers, const fs::path& folder, bool is_seeder);
    void refresh();
    void stop();
    bool is_complete() const { return std::ranges::all_of(actors_, [](const auto& a) { return a->is_complete(); }); }
    std::vector<DisplayLine> lines();

    Program& program_;
    fs::path folder_;
    DemoOptions options_;
    const Interruption& interruption_;
    std::unique_ptr<Display> display_;
    environment::Timer redraw_;
    std::unique_ptr<Actor> host_;  // whose session the tracker belongs to
    std::unique_ptr<host::Instance> tracker_;
    std::vector<std::unique_ptr<Actor>> actors_;
    std::optional<metainfo::TorrentFile> torrent_;
};

Result<std::vector<std::string>> Demonstration::start_tracker()
{
    host_ = std::make_unique<Actor>(program_, "tracker", 0);
    auto service = host_->session.make_service("tracker");
    if (!service) return service.error();
    tracker_ = std::move(*service);
    return cli::start_tracker(*tracker_);
}

Result<void> Demonstration::prepare()
{
    const auto urls = start_tracker();
    if (!urls) return urls.error();
    display_->say(fmt::format("an embedded tracker answers at {}", fmt::join(*urls, " and ")));
    const fs::path original = folder_ / "original" / "shoal-demo";
    auto environment = program_.live.environment();
    if (const auto made = generate(original, options_.size, environment.random, interruption_); !made) return made.error();
    auto created = metainfo::create(original.string(), {.trackers = {*urls},
                                                        .created_by = "Shoal demo",
                                                        .threads = environment.workers.count()});
    if (!created) return created.error();
    torrent_ = std::move(created->content);
    display_->say(fmt::format("generated {} in {} files, {}", size_text(torrent_->geometry.total_length()),
                              torrent_->files.size(), count_text(torrent_->geometry.piece_count(), "piece")));
    return {};
}

Result<void> Demonstration::start(Actor& actor, std::vector<std::string> pickers, const fs::path& folder,
                                  bool is_seeder)
{
    if (const auto listening = actor.session.listen(); !listening) return listening.error();
    actor.folder = folder;
    actor.pickers = std::move(pickers);
    actor.began_at = program_.live.loop().now();
    std::error_code problem;  // the storage says it better
    fs::create_directories(folder, problem);
    const auto added = actor.session.add(*torrent_, {.folder = folder.string(),
                                                     .pickers = actor.pickers,
                                                     .is_read_only = is_seeder,
                                                     .select = {},
                                                     .peers = {},
                                                     .store = nullptr});
    if (!added) return added.error();
    actor.torrent = *added;
    return {};
}

Result<void> Demonstration::run()
{
    struct Role {
        const char* name;
        std::vector<std::string> pickers;
    };
    std::vector<Role> roles = {{"seeder", {"rarest-first", "endgame"}},
                               {"rarest-first", {"rarest-first", "endgame"}},
                               {"sequential", {"sequential", "endgame"}},
                               {"streaming", {"streaming", "rarest-first", "endgame"}}};
    if (!options_.pickers.empty()) roles.push_back({"yours", options_.pickers});
    for (const auto& role : roles) {
        const bool is_seeder = actors_.empty();
        actors_.push_back(std::make_unique<Actor>(program_, role.name, options_.up_rate));
        const fs::path place = folder_ / (is_seeder ? "original" : role.name);
        if (const auto started = start(*actors_.back(), role.pickers, place, is_seeder); !started) {
            return started.error();
        }
        // The seeder is there first, as in life.
        if (is_seeder) {
            program_.live.loop().run_until([&] {
                const auto& seeder = *actors_.front();
                return seeder.is_complete() || !seeder.failure.empty() || interruption_.has_come();
            });
        }
    }
    auto& loop = program_.live.loop();
    const auto limit = loop.now() + patience;
    refresh();
    loop.run_until([&] {
        const bool failed = std::ranges::any_of(actors_, [](const auto& a) { return !a->failure.empty(); });
        return is_complete() || failed || interruption_.has_come() || loop.now() > limit;
    });
    redraw_.cancel();
    display_->show(lines());
    display_->end();
    stop();
    for (const auto& actor : actors_) {
        if (!actor->failure.empty()) return make_error(Errc::io_error, actor->failure);
        if (actor->is_complete()) continue;
        if (interruption_.has_come()) return interrupted();
        return make_error(Errc::timed_out, actor->name + " did not finish in time");
    }
    return {};
}

void Demonstration::stop()
{
    std::size_t left = actors_.size();
    for (auto& actor : actors_) actor->session.stop([&left] { --left; });
    program_.live.loop().run_until([&left] { return left == 0; });
}

Result<void> Demonstration::verify()
{
    for (const auto& actor : actors_) {
        for (const FileIndex file : torrent_->geometry.files()) {
            const std::string path = torrent_->disk_path(file);
            if (!same_content(folder_ / "original" / path, actor->folder / path)) {
                return make_error(Errc::hash_mismatch, fmt::format("{}: {} differs from its original", actor->name, path));
            }
        }
        display_->say(fmt::format("{:<13} {} files, identical to the originals, after {:.1f} s", actor->name,
                                  torrent_->files.size(), actor->seconds()));
    }
    return {};
}

void Demonstration::refresh()
{
    redraw_.start(display_->interval(), [this] { refresh(); });
    display_->show(lines());
    for (auto& actor : actors_) {
        auto* torrent = actor->session.find(actor->torrent);
        if (torrent == nullptr) continue;
        if (const auto failure = torrent->status().failure) actor->failure = failure->text;
    }
}

std::vector<DisplayLine> Demonstration::lines()
{
    std::vector<DisplayLine> lines;
    for (const auto& actor : actors_) {
        if (auto* torrent = actor->session.find(actor->torrent)) {
            lines.push_back({.name = fmt::format("{:<13}", actor->name),
                             .info_hash = torrent_->info_hash.hex(),
                             .pieces = torrent_->geometry.piece_count(),
                             .status = torrent->status(),
                             .outcome = {}});
        }
    }
    return lines;
}

Result<void> play(Program& program, const DemoOptions& options, const fs::path& folder)
{
    // Between two turns everybody asks the interruption itself; this only wakes the loop up.
    program.live.loop().on_signal(SIGINT, [] {});
    program.live.loop().on_signal(SIGTERM, [] {});
    const Interruption interruption;
    Demonstration demonstration(program, options, folder, interruption);
    if (auto prepared = demonstration.prepare(); !prepared) return prepared;
    if (auto ran = demonstration.run(); !ran) return ran;
    return demonstration.verify();
}

Result<fs::path> make_folder()
{
    std::error_code problem;
    const fs::path parent = fs::temp_directory_path(problem);
    std::string pattern = (parent / "shoal-demo-XXXXXX").string();
    if (problem || ::mkdtemp(pattern.data()) == nullptr) {
        return make_error(Errc::io_error, "cannot make a temporary folder; TMPDIR says where");
    }
    return fs::path(pattern);
}

}  // namespace

ExitCode demo(Program& program, const DemoOptions& options)
{
    const auto folder = options.folder.empty() ? make_folder() : Result<fs::path>(options.folder);
    const auto played = folder ? play(program, options, *folder) : Result<void>(folder.error());
    std::error_code ignored;
    if (folder && options.folder.empty()) fs::remove_all(*folder, ignored);
    if (played) {
        program.out << "all files are verified" << std::endl;
        return ExitCode::ok;
    }
    program.err << "shoal: " << printable(played.error().text) << std::endl;
    return exit_code_of(played.error());
}

}  // namespace shoal::cli
