#include "cli/transfer.hpp"

#include "cli/interruption.hpp"
#include "cli/keyboard.hpp"
#include "cli/quantity.hpp"
#include "cli/screen_log.hpp"
#include "host/script_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <ostream>

namespace shoal::cli {

using torrent::Stage;

namespace {

constexpr unsigned default_columns = 100;

// The user's own first, then what else one may want to see.
std::vector<std::vector<std::string>> stacks_after(const std::vector<std::string>& own)
{
    std::vector<std::vector<std::string>> stacks = {own};
    for (std::vector<std::string> stack : {std::vector<std::string>{"rarest-first", "endgame"},
                                           {"sequential", "endgame"},
                                           {"streaming", "rarest-first", "endgame"}}) {
        if (stack != own) stacks.push_back(std::move(stack));
    }
    return stacks;
}

// What a running torrent fails with is its storage's doing, unless a plug-in broke.
ExitCode exit_code_of_torrent(const Error& error)
{
    if (error.code == Errc::permission_denied) return ExitCode::access;
    return error.code == Errc::plugin_broken ? ExitCode::bad_input : ExitCode::disk;
}

std::string resume_command(const std::vector<std::string>& arguments)
{
    std::string command;
    for (const auto& argument : arguments) {
        if (!command.empty()) command += ' ';
        command += shell_quoted(argument);
    }
    return command;
}

}  // namespace

Transfer::Transfer(Program& program, TransferOptions options)
    : program_(program), options_(std::move(options)),
      display_(make_display(options_.display, program.out,
                            [] { return terminal_columns().value_or(default_columns); })),
      environment_(program.live.environment()), transport_(environment_.loop, environment_.network),
      second_(environment_.loop), redraw_(environment_.loop), picker_stacks_(stacks_after(options_.pickers))
{
    if (program_.screen != nullptr) program_.screen->show_around(display_.get());
}

Transfer::~Transfer()
{
    if (program_.screen != nullptr) program_.screen->show_around(nullptr);
}

Result<session::SessionSettings> Transfer::session_settings() const
{
    session::SessionSettings settings;
    if (const auto applied = options_.swarm.apply_to(settings, program_.registry); !applied) return applied.error();
    settings.memory_ceiling = options_.memory;
    settings.down_rate = options_.down;
    settings.up_rate = options_.up;
    settings.checked = program_.checked;
    settings.swarm.calls_privileged_ports = options_.calls_privileged_ports;
    return settings;
}

ExitCode Transfer::say_failure(const Error& error)
{
    program_.err << "shoal: " << printable(error.text) << std::endl;
    return exit_code_of(error);
}

ExitCode Transfer::run()
{
    if (const auto failed = check_settings()) return *failed;
    auto settings = session_settings();
    if (!settings) return say_failure(settings.error());
    session_ = std::make_unique<session::Session>(
        session::Session::Parts{environment_, transport_, program_.registry, *this, program_.log, program_.kept},
        std::move(*settings));
    const Keyboard keyboard(options_.has_keyboard);
    program_.live.loop().on_signal(SIGINT, [this] { interrupt(); });
    program_.live.loop().on_signal(SIGTERM, [this] { interrupt(); });
    const Interruption interruption;
    if (const auto failed = start()) return end(*failed);
    tick();
    refresh();
    program_.live.loop().run_until([this] { return is_done_; });
    display_->show(lines());
    display_->end();
    return end(verdict());
}

// A path names a plug-in, too, and its settings with it; a script is none.
std::optional<ExitCode> Transfer::check_settings()
{
    std::vector<std::string> named = options_.pickers;
    named.push_back(options_.choker);
    named.push_back(options_.storage);
    for (const auto& name : named) {
        std::error_code problem;
        const bool is_path = !host::is_script(name) && (name.find('/') != name.npos || name.ends_with(".so"));
        if (is_path && std::filesystem::exists(name, problem)) program_.registry.add(name);
    }
    const auto known = session::check_settings(program_.registry, options_.swarm.plugin_settings);
    if (!known) return say_failure(known.error());
    return std::nullopt;
}

std::optional<ExitCode> Transfer::start()
{
    if (const auto listening = session_->listen(); !listening) return say_failure(listening.error());
    for (const auto& endpoint : session_->listening()) {
        control::Value::Map event;
        event.set("address", endpoint.to_string());
        display_->on_event({}, "session.listening", std::move(event));
    }
    return add_sources();
}

// Whatever happened: goodbyes and writes come first.
ExitCode Transfer::end(ExitCode code)
{
    finish();
    program_.live.loop().run_until([this] { return is_done_; });
    redraw_.cancel();
    session_.reset();
    return code;
}

std::optional<ExitCode> Transfer::add_sources()
{
    std::error_code problem;
    const auto folder = std::filesystem::absolute(options_.folder, problem);
    if (problem) return say_failure(make_error(Errc::io_error, options_.folder + ": " + problem.message()));
    auto sources = read_sources();
    if (!sources) return say_failure(sources.error());
    for (auto& source : *sources) {
        session::AddOptions add{.folder = folder.lexically_normal().string(),
                                .storage = options_.storage,
                                .pickers = options_.pickers,
                                .choker = options_.choker,
                                .is_read_only = options_.is_seeding_only,
                                .select = options_.select,
                                .peers = options_.swarm.peers};
        items_.push_back({.quiet_since = environment_.loop.now()});
        const auto added = add_source(std::move(source), std::move(add));
        if (!added) {
            items_.pop_back();
            return say_failure(added.error());
        }
        items_.back().handle = *added;
    }
    return std::nullopt;
}

// All of them before the first begins: who named one wrong wants to hear of it, and nothing else.
Result<std::vector<session::Source>> Transfer::read_sources()
{
    std::vector<session::Source> sources;
    for (const auto& typed : options_.sources) {
        auto source = read_source(typed);
        if (!source) return source.error();
        if (options_.is_seeding_only && std::holds_alternative<session::FromMagnet>(*source)) {
            constexpr auto text = "{}: to seed, the metadata must be here: name the .torrent (`shoal show --fetch LINK -o FILE` gets one)";
            return make_error(Errc::unsupported, fmt::format(text, typed));
        }
        sources.push_back(std::move(*source));
    }
    return sources;
}

// The answer may come after an interruption, when nobody here waits for it any more.
Result<session::Source> Transfer::read_source(const std::string& typed)
{
    auto outcome = std::make_shared<std::optional<Result<session::Source>>>();
    session_->read_source(typed, [outcome](Result<session::Source> read) { *outcome = std::move(read); });
    program_.live.loop().run_until([&] { return outcome->has_value() || is_interrupted_; });
    if (!*outcome) return make_error(Errc::cancelled, "interrupted");
    return std::move(**outcome);
}

// The item is the last one; its name must be known before the first event.
Result<TorrentHandle> Transfer::add_source(session::Source source, session::AddOptions add)
{
    Item& item = items_.back();
    if (auto* from = std::get_if<session::FromMagnet>(&source)) {
        auto& magnet = from->magnet;
        item.info_hash = magnet.info_hash.hex();
        item.name = magnet.name.empty() ? item.info_hash : printable(magnet.name);
        return session_->add(std::move(magnet), std::move(add));
    }
    auto& metainfo = std::get<session::FromFile>(source).metainfo;
    item.info_hash = metainfo.info_hash.hex();
    item.name = printable(metainfo.name);
    return session_->add(std::move(metainfo), std::move(add));
}

// While there is no metadata there is no torrent, and still something to say.
torrent::Torrent::Status Transfer::status_of(const Item& item)
{
    if (auto* torrent = session_->find(item.handle)) return torrent->status();
    torrent::Torrent::Status status{.stage = Stage::resolving};
    if (const Error* why = session_->resolution_failure(item.handle)) {
        status.stage = Stage::failed;
        status.failure = *why;
    } else if (const auto* resolution = session_->find_resolution(item.handle)) {
        const auto found = resolution->status();
        status.swarm.peers = found.peers;
        status.swarm.connecting = found.connecting;
        status.swarm.candidates = found.candidates;
        status.swarm.sources = found.sources;
        status.swarm.stall = found.stall;
        status.trackers = found.trackers;
    }
    return status;
}

Transfer::Item* Transfer::item_of(TorrentHandle handle)
{
    const auto at = std::ranges::find(items_, handle, &Item::handle);
    // The first events come from inside add(), before the handle is known: they are the newest item's.
    if (at == items_.end()) return items_.empty() ? nullptr : &items_.back();
    return &*at;
}

void Transfer::on_event(TorrentHandle torrent, std::string_view name, control::Value payload)
{
    Item* item = item_of(torrent);
    if (item == nullptr) return;
    display_->on_event(item->info_hash, name, payload);
    if (name == "peer.banned") item->has_banned = true;
    if (name == "torrent.metadata") item->name = printable(*payload.as_map()->find("name")->as_text());
    if (name == "torrent.state") {
        // Judged in the next turn: the torrent is still inside the change.
        environment_.loop.post([this, torrent] {
            auto* changed = session_ ? item_of(torrent) : nullptr;
            if (changed != nullptr && changed->handle == torrent) on_state(*changed, status_of(*changed).stage);
        });
    }
}

void Transfer::on_state(Item& item, Stage stage)
{
    auto* torrent = session_->find(item.handle);
    if (stage == Stage::failed) {
        const auto why = status_of(item).failure;
        if (why) fail(item, torrent == nullptr ? exit_code_of(*why) : exit_code_of_torrent(*why), printable(why->text));
    } else if (stage == Stage::seeding && !item.finished_at) {
        item.finished_at = environment_.loop.now();
        item.failure.reset();  // given up too early, while others went on
        if (!options_.is_seeding_only) display_->say(fmt::format("{}: complete and verified", item.name));
    } else if (stage == Stage::downloading && options_.is_seeding_only && torrent->ledger().wanted_count() > 0) {
        const auto& ledger = torrent->ledger();
        fail(item, ExitCode::hash_failure,
             fmt::format("{} of {} of {} in {} are missing or do not match", ledger.wanted_count(),
                         count_text(ledger.have().size(), "piece"), item.name, printable(options_.folder)));
    }
    judge(item);
}

// The others go on. All failures are said again at the end, where they are not scrolled away.
void Transfer::fail(Item& item, ExitCode code, const std::string& text)
{
    if (item.is_over) return;
    item.failure = Failure{code, text, environment_.loop.now()};
    item.is_over = true;
    if (!std::ranges::all_of(items_, &Item::is_over)) display_->say(text);
}

void Transfer::judge(Item& item)
{
    if (!item.is_over && item.finished_at && options_.end.is_set()) {
        const auto status = session_->find(item.handle)->status();
        const auto seeded = environment_.loop.now() - *item.finished_at;
        const auto given = static_cast<double>(status.totals.uploaded);
        item.is_over = options_.end.at_once || (options_.end.seed_time && seeded >= *options_.end.seed_time) ||
                       (options_.end.ratio && given >= *options_.end.ratio * static_cast<double>(status.wanted_octets));
    }
    if (std::ranges::all_of(items_, &Item::is_over)) finish();
}

void Transfer::tick()
{
    second_.start(std::chrono::seconds{1}, [this] { tick(); });
    for (auto& item : items_) {
        const auto status = status_of(item);
        watch_patience(item, status);
        watch_room(item, status);
        judge(item);
    }
    watch_output();
}

void Transfer::watch_patience(Item& item, const torrent::Torrent::Status& status)
{
    const auto now = environment_.loop.now();
    const std::uint64_t octets = status.had_octets + status.totals.downloaded;
    const bool waits = status.stage == Stage::resolving ||
                       (status.stage == Stage::downloading && status.swarm.peers == 0 && octets == item.octets_then);
    item.octets_then = octets;
    if (!waits) item.quiet_since = now;
    if (item.is_over || !options_.patience || now - item.quiet_since < *options_.patience) return;
    const auto patience = duration_text(*options_.patience);
    if (status.totals.corrupt_pieces > 0 || item.has_banned) {
        return fail(item, ExitCode::hash_failure,
                    fmt::format("{}: {} arrived corrupt, and for {} nobody was there to give better ones", item.name,
                                count_text(status.totals.corrupt_pieces, "piece"), patience));
    }
    const std::string why = printable(status.swarm.stall);
    fail(item, ExitCode::no_peers,
         fmt::format("{}: no peers in {}{}", item.name, patience, why.empty() ? "" : ": " + why));
}

// It goes on by itself when there is room; somebody may not want to wait for that.
void Transfer::watch_room(Item& item, const torrent::Torrent::Status& status)
{
    const auto now = environment_.loop.now();
    if (!status.swarm.hold) item.full_since.reset();
    else if (!item.full_since) item.full_since = now;
    if (item.is_over || !item.full_since || !options_.room_patience || now - *item.full_since < *options_.room_patience) return;
    fail(item, ExitCode::disk, fmt::format("{}: no room in {}: {}", item.name, duration_text(*options_.room_patience),
                                           printable(status.swarm.hold->text)));
}

// A closed pipe: nobody reads any more.
void Transfer::watch_output()
{
    if (program_.out || is_finishing_) return;
    program_.err << "shoal: the output cannot be written; nothing is lost" << std::endl;
    is_unread_ = true;
    finish();
}

void Transfer::refresh()
{
    if (is_finishing_) return;
    redraw_.start(display_->interval(), [this] { refresh(); });
    read_keys();
    display_->show(lines());
}

void Transfer::read_keys()
{
    if (!options_.has_keyboard) return;
    while (const auto key = Keyboard::pressed()) {
        if (*key == 'p') cycle_picker();
        if (*key == 'q') interrupt();
    }
}

void Transfer::cycle_picker()
{
    picker_turn_ = (picker_turn_ + 1) % picker_stacks_.size();
    const auto& stack = picker_stacks_[picker_turn_];
    std::string said = fmt::format("picker: {}", fmt::join(stack, ","));
    for (const auto& item : items_) {
        auto* torrent = session_->find(item.handle);
        if (torrent == nullptr) continue;  // it has no pieces yet
        const auto swapped = torrent->set_pickers(stack);
        if (!swapped) said = fmt::format("picker not changed: {}", swapped.error().text);
    }
    display_->say(printable(said));
}

void Transfer::interrupt()
{
    // The second time the user means it.
    if (is_interrupted_) is_done_ = true;
    is_interrupted_ = true;
    finish();
}

void Transfer::finish()
{
    if (is_finishing_) return;
    is_finishing_ = true;
    second_.cancel();
    session_->stop([this] { is_done_ = true; });
}

std::vector<DisplayLine> Transfer::lines()
{
    std::vector<DisplayLine> lines;
    for (const auto& item : items_) {
        const auto* torrent = session_->find(item.handle);
        auto status = status_of(item);
        std::string outcome = is_done_ ? outcome_of(item, status) : std::string();
        lines.push_back({.name = item.name,
                         .info_hash = item.info_hash,
                         .pieces = torrent != nullptr ? torrent->ledger().have().size() : 0,
                         .status = std::move(status),
                         .outcome = std::move(outcome)});
    }
    return lines;
}

// They are all paused by now, which is not what a person wants to read.
std::string Transfer::outcome_of(const Item& item, const torrent::Torrent::Status& status) const
{
    if (item.failure) {
        const std::string own = item.name + ": ";  // which the line begins with anyway
        return item.failure->text.starts_with(own) ? item.failure->text.substr(own.size()) : item.failure->text;
    }
    if (!item.finished_at) return "interrupted";
    const std::string given = size_text(status.totals.uploaded) + " given";
    const std::string met = status.totals.met.empty() ? std::string() : "; peers met" + sources_text(status.totals.met);
    return (options_.is_seeding_only ? "seeded, " : "complete, ") + given + met;
}

ExitCode Transfer::verdict()
{
    const Failure* first = nullptr;
    for (const auto& item : items_) {
        if (!item.failure) continue;
        program_.err << "shoal: " << item.failure->text << std::endl;
        if (first == nullptr || item.failure->at < first->at) first = &*item.failure;
    }
    if (is_unread_) return ExitCode::other;
    if (first != nullptr) return first->code;
    const bool all_verified = std::ranges::all_of(items_, [](const Item& item) { return item.finished_at.has_value(); });
    if (all_verified) return ExitCode::ok;
    program_.err << "shoal: interrupted; nothing is lost. To go on:\n  " << resume_command(program_.arguments)
                 << std::endl;
    return ExitCode::interrupted;
}

}  // namespace shoal::cli
