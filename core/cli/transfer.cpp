#include "cli/transfer.hpp"

#include "cli/keyboard.hpp"
#include "cli/quantity.hpp"
#include "metainfo/magnet.hpp"

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

// What 'p' goes through, after the stack the user began with.
const std::vector<std::vector<std::string>>& picker_stacks()
{
    static const std::vector<std::vector<std::string>> stacks = {
        {"rarest-first", "endgame"}, {"sequential", "endgame"}, {"streaming", "rarest-first", "endgame"}};
    return stacks;
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
      display_(make_display(options_.display, program.out, terminal_columns().value_or(default_columns))),
      environment_(program.live.environment()), transport_(environment_.loop, environment_.network),
      second_(environment_.loop), redraw_(environment_.loop)
{
}

Transfer::~Transfer() = default;

session::SessionSettings Transfer::session_settings() const
{
    session::SessionSettings settings;
    settings.listen = options_.listen;
    settings.memory_ceiling = options_.memory;
    settings.down_rate = options_.down;
    settings.up_rate = options_.up;
    settings.checked = program_.checked;
    settings.plugins = options_.plugin_settings;
    return settings;
}

ExitCode Transfer::say_failure(const Error& error)
{
    program_.err << "shoal: " << printable(error.text) << std::endl;
    return exit_code_of(error);
}

ExitCode Transfer::run()
{
    session_ = std::make_unique<session::Session>(
        session::Session::Parts{environment_, transport_, program_.registry, *this, program_.log}, session_settings());
    if (const auto listening = session_->listen(); !listening) return say_failure(listening.error());
    for (const auto& endpoint : session_->listening()) {
        control::Value::Map event;
        event.set("address", endpoint.to_string());
        display_->on_event({}, "session.listening", std::move(event));
    }
    if (const auto failed = add_sources()) return *failed;
    started_ = environment_.loop.now();
    const Keyboard keyboard(options_.has_keyboard);
    program_.live.loop().on_signal(SIGINT, [this] { interrupt(); });
    program_.live.loop().on_signal(SIGTERM, [this] { interrupt(); });
    tick();
    refresh();
    program_.live.loop().run_until([this] { return is_done_; });
    display_->show(lines());
    display_->end();
    const ExitCode code = verdict();
    session_.reset();
    return code;
}

std::optional<ExitCode> Transfer::add_sources()
{
    std::error_code problem;
    const auto folder = std::filesystem::absolute(options_.folder, problem);
    if (problem) return say_failure(make_error(Errc::io_error, options_.folder + ": " + problem.message()));
    for (const auto& source : options_.sources) {
        if (metainfo::is_magnet(source)) {
            return say_failure(make_error(
                Errc::unsupported,
                "a magnet link needs a plug-in that fetches metadata from peers (kind shoal.extension), and there is "
                "none; use the .torrent file"));
        }
        auto metainfo = metainfo::load(source);
        if (!metainfo) return say_failure(metainfo.error());
        Item item{.name = printable(metainfo->name), .info_hash = metainfo->info_hash.hex()};
        session::AddOptions add{.folder = folder.lexically_normal().string(),
                                .storage = options_.storage,
                                .pickers = options_.pickers,
                                .choker = options_.choker,
                                .is_read_only = options_.is_seeding_only,
                                .select = options_.select,
                                .peers = options_.peers,
                                .store = nullptr};
        items_.push_back(std::move(item));
        const auto added = session_->add(std::move(*metainfo), std::move(add));
        if (!added) return say_failure(added.error());
        items_.back().handle = *added;
    }
    return std::nullopt;
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
    if (name == "torrent.state") {
        // Judged in the next turn: the torrent is still inside the change.
        environment_.loop.post([this, torrent] {
            auto* found = session_ ? session_->find(torrent) : nullptr;
            if (found != nullptr) on_state(*item_of(torrent), found->stage());
        });
    }
}

void Transfer::on_state(Item& item, Stage stage)
{
    auto* torrent = session_->find(item.handle);
    if (stage == Stage::failed) {
        item.failure = torrent->status().failure;
        item.is_over = true;
    } else if (stage == Stage::seeding && !item.finished_at) {
        item.finished_at = environment_.loop.now();
        item.was_complete_at_start = torrent->status().totals.downloaded == 0;
        if (!options_.is_seeding_only) display_->say(fmt::format("{}: complete and verified", item.name));
    } else if (stage == Stage::downloading && options_.is_seeding_only) {
        const auto& ledger = torrent->ledger();
        item.failure = make_error(Errc::hash_mismatch,
                                  fmt::format("{} of {} pieces of {} in {} are missing or do not match",
                                              ledger.wanted_count(), ledger.have().size(), item.name, options_.folder));
        item.is_over = true;
    }
    judge(item);
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
        auto* torrent = session_->find(item.handle);
        const auto status = torrent->status();
        item.had_peers = item.had_peers || status.swarm.peers > 0 || status.totals.downloaded > 0;
        const bool waits = status.stage == Stage::downloading && !item.had_peers && options_.patience;
        if (waits && environment_.loop.now() - started_ >= *options_.patience) {
            const std::string& why = status.swarm.stall;
            early_verdict_ = ExitCode::no_peers;
            program_.err << "shoal: " << item.name << ": no peers in " << duration_text(*options_.patience)
                         << (why.empty() ? "" : ": " + printable(why)) << std::endl;
            return finish();
        }
        judge(item);
    }
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
    const auto& stacks = picker_stacks();
    std::size_t turns = 0;
    do {
        ++picker_turn_;
    } while (stacks[picker_turn_ % stacks.size()] == options_.pickers && ++turns < stacks.size());
    options_.pickers = stacks[picker_turn_ % stacks.size()];
    for (const auto& item : items_) {
        const auto swapped = session_->find(item.handle)->set_pickers(options_.pickers);
        display_->say(swapped ? fmt::format("picker: {}", fmt::join(options_.pickers, ","))
                              : fmt::format("picker not changed: {}", swapped.error().text));
    }
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
        if (auto* torrent = session_->find(item.handle)) {
            lines.push_back({item.name, item.info_hash, torrent->status()});
        }
    }
    return lines;
}

ExitCode Transfer::verdict()
{
    for (const auto& item : items_) {
        if (item.failure) return say_failure(*item.failure);
    }
    if (early_verdict_) return *early_verdict_;
    const bool all_verified = std::ranges::all_of(items_, [](const Item& item) { return item.finished_at.has_value(); });
    if (all_verified) return ExitCode::ok;
    program_.err << "shoal: interrupted; nothing is lost. To go on:\n  " << resume_command(program_.arguments)
                 << std::endl;
    return ExitCode::interrupted;
}

}  // namespace shoal::cli
