#include "traversal.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace shoal::dht {

void Traversal::begin_at(const Contact& contact)
{
    if (find(contact.endpoint) == nullptr) add(contact, begun_++ % settings_.paths);
}

void Traversal::begin_at(const Endpoint& endpoint)
{
    if (find(endpoint) != nullptr || !is_usable(endpoint)) return;
    auto far_away = target_;
    for (auto& octet : far_away.bytes) octet = ~octet;
    insert({.id = far_away, .endpoint = endpoint, .paths = 1U << (begun_++ % settings_.paths), .is_nameless = true});
}

void Traversal::expect_network_of(std::uint64_t nodes) noexcept
{
    // One in 2^12 lookups meets an honest node that is closer; it is asked all the same.
    constexpr unsigned margin = 12;
    credible_bits_ = static_cast<unsigned>(std::bit_width(nodes)) + margin;
}

bool Traversal::is_credible(const NodeId& id, const Address& address) const
{
    return is_proper_id(id, address) && shared_bits(id, target_) <= credible_bits_;
}

void Traversal::add(const Contact& contact, std::size_t path)
{
    if (auto* known = find(contact.endpoint)) {
        // Whoever names it by another id is lying, or was lied to: the first name stays until it answers.
        if (known->id == contact.id) known->paths |= 1U << path;
        return;
    }
    if (!has_room_for(contact.endpoint)) return;
    insert({.id = contact.id,
            .endpoint = contact.endpoint,
            .paths = 1U << path,
            .is_credible = is_credible(contact.id, contact.endpoint.address)});
}

void Traversal::insert(Candidate candidate)
{
    const auto place = std::ranges::find_if(
        candidates_, [&](const Candidate& other) { return is_closer(candidate.id, other.id, target_); });
    candidates_.insert(place, std::move(candidate));
    if (candidates_.size() <= settings_.candidates) return;
    const auto last = std::find_if(candidates_.rbegin(), candidates_.rend(),
                                   [](const Candidate& each) { return each.state == State::fresh; });
    if (last != candidates_.rend()) candidates_.erase(std::next(last).base());
}

bool Traversal::has_room_for(const Endpoint& endpoint) const
{
    if (is_own_address(endpoint.address)) return true; // they differ in their ports: many nodes on this machine
    const auto network = network_of(endpoint.address);
    std::size_t near = 0;
    for (const auto& other : candidates_) {
        if (other.endpoint.address == endpoint.address) return false;
        if (network_of(other.endpoint.address) == network) ++near;
    }
    return near < settings_.from_network;
}

Traversal::Candidate* Traversal::find(const Endpoint& endpoint)
{
    const auto found = std::ranges::find(candidates_, endpoint, &Candidate::endpoint);
    return found == candidates_.end() ? nullptr : &*found;
}

std::size_t Traversal::in_flight() const
{
    return static_cast<std::size_t>(std::ranges::count(candidates_, State::asked, &Candidate::state));
}

template <class Self, class Visit>
void Traversal::walk(Self& self, std::size_t path, Visit visit)
{
    std::size_t credible = 0;
    std::size_t doubtful = 0;
    for (auto& candidate : self.candidates_) {
        if ((candidate.paths & (1U << path)) == 0) continue;
        if (candidate.state == State::failed || candidate.state == State::slow) continue;
        if (!candidate.is_nameless) {
            auto& count = candidate.is_credible ? credible : doubtful;
            if (count == self.settings_.closest) continue;
            ++count;
        }
        if (!visit(candidate)) return;
        if (credible == self.settings_.closest) return;
    }
}

Traversal::Candidate* Traversal::next_of(std::size_t path)
{
    Candidate* next = nullptr;
    walk(*this, path, [&](Candidate& candidate) {
        if (candidate.state != State::fresh) return true;
        next = &candidate;
        return false;
    });
    return next;
}

std::optional<Endpoint> Traversal::next()
{
    if (in_flight() >= settings_.in_flight || asked_ >= settings_.asked) return std::nullopt;
    for (std::size_t i = 0; i < settings_.paths; ++i) {
        const auto path = turn_++ % settings_.paths;
        auto* candidate = next_of(path);
        if (candidate == nullptr) continue;
        candidate->state = State::asked;
        candidate->asked_by = static_cast<std::uint8_t>(path);
        ++asked_;
        return candidate->endpoint;
    }
    return std::nullopt;
}

bool Traversal::on_answer(const Endpoint& endpoint, const NodeId& id, const std::vector<Contact>& named)
{
    auto* candidate = find(endpoint);
    if (candidate == nullptr) return false;
    if (candidate->is_nameless) candidate = give_name(*candidate, id);
    const bool is_itself = candidate->id == id;
    candidate->state = is_itself ? State::answered : State::failed;
    if (!is_itself) return false;
    ++answered_;
    const auto path = candidate->asked_by;
    for (const auto& contact : named) add(contact, path);
    return true;
}

Traversal::Candidate* Traversal::give_name(const Candidate& nameless, const NodeId& id)
{
    auto named = nameless;
    named.id = id;
    named.is_nameless = false;
    named.is_credible = is_credible(id, named.endpoint.address);
    std::erase_if(candidates_, [&](const Candidate& each) { return each.endpoint == named.endpoint; });
    insert(named);
    return find(named.endpoint);
}

void Traversal::on_slow(const Endpoint& endpoint)
{
    if (auto* candidate = find(endpoint)) candidate->state = State::slow;
}

void Traversal::on_failure(const Endpoint& endpoint)
{
    if (auto* candidate = find(endpoint)) candidate->state = State::failed;
}

bool Traversal::is_over() const
{
    if (in_flight() > 0) return false;
    if (asked_ < settings_.asked) {
        for (std::size_t path = 0; path < settings_.paths; ++path) {
            bool has_fresh = false;
            walk(*this, path, [&](const Candidate& candidate) {
                has_fresh = candidate.state == State::fresh;
                return !has_fresh;
            });
            if (has_fresh) return false;
        }
    }
    // The slow are worth waiting for only where there are too few of the others.
    return answered_ >= settings_.closest || std::ranges::count(candidates_, State::slow, &Candidate::state) == 0;
}

std::vector<Contact> Traversal::closest() const
{
    std::vector<bool> is_chosen(candidates_.size(), false);
    for (std::size_t path = 0; path < settings_.paths; ++path) {
        walk(*this, path, [&](const Candidate& candidate) {
            const auto place = static_cast<std::size_t>(&candidate - candidates_.data());
            if (candidate.state == State::answered) is_chosen[place] = true;
            return true;
        });
    }
    std::vector<Contact> chosen;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        if (is_chosen[i]) chosen.push_back({candidates_[i].id, candidates_[i].endpoint});
    }
    return chosen;
}

} // namespace shoal::dht
