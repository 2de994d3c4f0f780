#include "session/sources.hpp"

#include "metainfo/create.hpp"

#include <shoal/abi/source.h>
#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace shoal::session {

namespace {

// Of a file of many pieces that is a second's work: not for the loop.
Result<Source> parse_torrent(const std::string& identifier, ByteView octets)
{
    auto metainfo = metainfo::parse(octets);
    if (!metainfo) return make_error(metainfo.error().code, fmt::format("{}: {}", identifier, metainfo.error().text));
    Bytes canonical = metainfo::to_torrent(*metainfo);
    return Source(FromFile{std::move(*metainfo), std::move(canonical)});
}

}  // namespace

// One source plug-in at work. Operations are numbered by instance, so each has its own sink.
struct Sources::Seat final : host::SourceSink {
    explicit Seat(Sources& owner) : owner(owner) {}

    void on_answer(std::uint64_t operation, host::SourceAnswer answer) override
    {
        owner.on_answer(*this, operation, std::move(answer));
    }

    std::string_view name() const { return instance->factory().name(); }
    const shoal_source_v1& table() const { return instance->table<shoal_source_v1>(); }

    Sources& owner;
    std::unique_ptr<host::Instance> instance;
};

// The way from an identifier to a torrent: who is asked now, who would be next, and what went wrong so far.
struct Sources::Reading {
    struct Said {
        std::string plugin;
        Error error;
    };

    Reading(environment::Loop& loop, std::string identifier, Done done)
        : identifier(std::move(identifier)), done(std::move(done)), deadline(loop)
    {
    }

    std::string identifier;
    Done done;
    environment::Timer deadline;
    std::uint32_t hops = 0;
    std::vector<Seat*> next{};  // the surest is the last
    Seat* asked = nullptr;
    std::uint64_t plugin_operation = 0;
    std::string asked_name{};
    std::vector<Said> said{};
};

Sources::Sources(environment::Environment& environment, std::vector<std::string> wanted, host::Log log, Make make)
    : environment_(environment), wanted_(std::move(wanted)), log_(std::move(log)), make_(std::move(make))
{
}

Sources::~Sources() = default;

void Sources::stop()
{
    is_stopped_ = true;
    for (auto& [number, reading] : std::exchange(readings_, {})) {
        reading->done(make_error(Errc::cancelled, fmt::format("{}: stopped before it was read", reading->identifier)));
    }
    seats_.clear();
}

void Sources::make_all()
{
    if (is_stopped_ || std::exchange(are_made_, true)) return;
    for (const auto& name : wanted_) {
        auto seat = std::make_unique<Seat>(*this);
        auto instance = make_(name, *seat);
        if (!instance) {
            log_.warning("{}", instance.error().text);
            continue;
        }
        seat->instance = std::move(*instance);
        seats_.push_back(std::move(seat));
    }
}

// In a turn of its own: whoever asks may be a plug-in, and is inside its own call.
void Sources::read(std::string identifier, Done done)
{
    const Number number = next_number_++;
    readings_.emplace(number, std::make_unique<Reading>(environment_.loop, std::move(identifier), std::move(done)));
    environment_.loop.post([this, number, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        if (is_stopped_) return finish(number, make_error(Errc::cancelled, "nothing is read any more"));
        make_all();
        begin(number);
    });
}

void Sources::begin(Number number)
{
    const auto at = readings_.find(number);
    if (at == readings_.end()) return;
    at->second->next = claimants_of(at->second->identifier);
    ask_next(number);
}

std::int32_t Sources::claim_of(Seat& seat, const std::string& identifier)
{
    auto& instance = *seat.instance;
    const std::int32_t claim = instance.call(
        "claims", [&] { return seat.table().claims(instance.self(), to_abi(std::string_view(identifier))); });
    if (claim >= 0 && claim <= SHOAL_SOURCE_CERTAIN) return claim;
    instance.strike("claims", fmt::format("{} is not from 0 to 100", claim));
    return 0;
}

std::vector<Sources::Seat*> Sources::claimants_of(const std::string& identifier)
{
    std::vector<std::pair<std::int32_t, Seat*>> claims;
    for (const auto& seat : seats_) {
        const auto claim = seat->instance->is_broken() ? 0 : claim_of(*seat, identifier);
        if (claim > 0) claims.emplace_back(claim, seat.get());
    }
    std::stable_sort(claims.begin(), claims.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<Seat*> claimants;
    for (auto at = claims.rbegin(); at != claims.rend(); ++at) claimants.push_back(at->second);
    return claimants;
}

void Sources::ask_next(Number number)
{
    auto& reading = *readings_.at(number);
    while (!reading.next.empty()) {
        Seat& seat = *reading.next.back();
        reading.next.pop_back();
        const auto submitted = submit(seat, reading);
        if (!submitted) {
            reading.said.push_back({std::string(seat.name()), submitted.error()});
            continue;
        }
        reading.asked = &seat;
        reading.asked_name = seat.name();
        reading.plugin_operation = *submitted;
        return reading.deadline.start(patience, [this, number] { on_deadline(number); });
    }
    finish(number, verdict(reading));
}

Result<std::uint64_t> Sources::submit(Seat& seat, const Reading& reading)
{
    auto& instance = *seat.instance;
    if (instance.is_broken()) return make_error(Errc::plugin_broken, fmt::format("{} broke too many rules", seat.name()));
    shoal_source_request request{};
    request.struct_size = sizeof request;
    request.flags = reading.hops > 0 ? SHOAL_SOURCE_FROM_STRANGER : 0u;
    request.identifier = to_abi(std::string_view(reading.identifier));
    request.deadline_ns = environment::nanoseconds(environment_.loop.now() + patience);
    const std::uint64_t operation = instance.open_resolving();
    const shoal_status status =
        instance.call("resolve", [&] { return seat.table().resolve(instance.self(), operation, &request); });
    if (status >= 0) return operation;
    instance.abandon_resolving(operation);
    const auto& said = instance.last_error();
    if (!said.empty()) return make_error(to_errc(status), to_valid_utf8(said));
    return instance.error_of(status, fmt::format("read {}", reading.identifier));
}

void Sources::on_deadline(Number number)
{
    auto& reading = *readings_.at(number);
    auto& seat = *std::exchange(reading.asked, nullptr);
    auto& instance = *seat.instance;
    instance.abandon_resolving(reading.plugin_operation);
    instance.call("cancel", [&] { seat.table().cancel(instance.self(), reading.plugin_operation); });
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
    on_failure(number, make_error(Errc::timed_out, fmt::format("{}: no answer in {} s", reading.identifier, seconds)));
}

void Sources::on_answer(Seat& seat, std::uint64_t plugin_operation, host::SourceAnswer answer)
{
    using Kind = host::SourceAnswer::Kind;
    const auto at = std::ranges::find_if(readings_, [&](const auto& entry) {
        return entry.second->asked == &seat && entry.second->plugin_operation == plugin_operation;
    });
    if (at == readings_.end()) return;
    auto& reading = *at->second;
    reading.asked = nullptr;
    reading.deadline.cancel();
    switch (answer.kind) {
    case Kind::torrent_file: return on_torrent(at->first, std::move(answer.torrent));
    case Kind::magnet: return on_magnet(at->first, answer.text);
    case Kind::elsewhere: return on_elsewhere(at->first, std::move(answer.text));
    case Kind::failed: break;
    }
    if (answer.text.empty()) answer.text = fmt::format("{}: {} says nothing but no", reading.identifier, seat.name());
    on_failure(at->first, make_error(to_errc(answer.status), std::move(answer.text)));
}

void Sources::on_torrent(Number number, Bytes octets)
{
    auto outcome = std::make_shared<Result<Source>>(make_error(Errc::cancelled, "it was not parsed"));
    environment_.workers.run(
        [outcome, identifier = readings_.at(number)->identifier, octets = std::move(octets)] {
            *outcome = parse_torrent(identifier, octets);
        },
        [this, number, outcome, alive = std::weak_ptr(alive_)] {
            if (alive.expired() || !readings_.contains(number)) return;
            if (*outcome) return finish(number, std::move(*outcome));
            on_failure(number, outcome->error());
        });
}

void Sources::on_magnet(Number number, const std::string& link)
{
    auto magnet = metainfo::parse_magnet(link);
    if (!magnet) return on_failure(number, magnet.error());
    finish(number, Source(FromMagnet{std::move(*magnet), link}));
}

// Who led there is not asked for another opinion, and nobody else: the identifier is another one now.
void Sources::on_elsewhere(Number number, std::string identifier)
{
    auto& reading = *readings_.at(number);
    if (++reading.hops > most_hops) {
        reading.next.clear();
        auto text = fmt::format("{}: led on more than {} times", reading.identifier, most_hops);
        return on_failure(number, make_error(Errc::limit_exceeded, std::move(text)));
    }
    reading.identifier = std::move(identifier);
    begin(number);
}

void Sources::on_failure(Number number, Error why)
{
    auto& reading = *readings_.at(number);
    reading.said.push_back({reading.asked_name, std::move(why)});
    ask_next(number);
}

Error Sources::verdict(const Reading& reading) const
{
    if (reading.said.empty() && seats_.empty()) {
        constexpr auto text = "{}: there is no source plug-in (shoal.source/1, e.g. file, magnet, http) to read it";
        return make_error(Errc::unsupported, fmt::format(text, reading.identifier));
    }
    if (reading.said.empty()) {
        std::vector<std::string_view> names;
        for (const auto& seat : seats_) names.push_back(seat->name());
        constexpr auto text = "{}: none of the source plug-ins ({}) knows what this is";
        return make_error(Errc::bad_input, fmt::format(text, reading.identifier, fmt::join(names, ", ")));
    }
    if (reading.said.size() == 1) return reading.said.front().error;
    std::vector<std::string> texts;
    for (const auto& said : reading.said) texts.push_back(fmt::format("{} says: {}", said.plugin, said.error.text));
    return make_error(reading.said.front().error.code, fmt::format("{}", fmt::join(texts, "; ")));
}

void Sources::finish(Number number, Result<Source> outcome)
{
    auto node = readings_.extract(number);
    if (!node.empty()) node.mapped()->done(std::move(outcome));
}

}  // namespace shoal::session
