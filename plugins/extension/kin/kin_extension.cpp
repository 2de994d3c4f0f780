#include "kin_extension.hpp"

#include <shoal/hmac.hpp>

#include <algorithm>
#include <stdexcept>

namespace shoal::kin {

KinExtension::KinExtension(Host& host)
    : peers_(host), torrent_(host.torrent()), random_(host.random()), secret_(host.settings().text("secret"))
{
    if (secret_.size() < shortest_secret) {
        throw std::invalid_argument("set kin.secret to a text of at least 16 octets, the same for all of the family");
    }
}

void KinExtension::on_peer(const PeerView& peer)
{
    if (!peer.speaks || acquaintances_.contains(peer.peer)) return;
    const auto question = new_question();
    // Who does not read what it is told can ask again another day.
    if (!peers_.send(peer.peer, encode({Said::Kind::question, question}))) return;
    acquaintances_.emplace(peer.peer, Acquaintance{.ours = question});
}

void KinExtension::on_message(PeerHandle peer, ByteView payload)
{
    const auto at = acquaintances_.find(peer);
    if (at == acquaintances_.end()) return; // it was asked nothing, and could not be answered
    const auto said = decode(payload);
    if (!said) return peers_.disconnect(peer, "kin speak in questions and answers of 33 octets");
    if (said->kind == Said::Kind::question) return on_question(peer, at->second, said->octets);
    on_answer(peer, at->second, said->octets);
}

void KinExtension::on_question(PeerHandle peer, Acquaintance& acquaintance, const Hash32& question)
{
    if (acquaintance.theirs) return peers_.disconnect(peer, "kin ask once");
    // It would have us answer for it.
    if (is_ours(question)) return peers_.disconnect(peer, "it asks what we asked");
    acquaintance.theirs = question;
    const auto answer = answer_to(as_bytes(secret_), torrent_.view().info_hash(),
                                  {.of_asker = question, .of_answerer = acquaintance.ours});
    static_cast<void>(peers_.send(peer, encode({Said::Kind::answer, answer})));
}

void KinExtension::on_answer(PeerHandle peer, Acquaintance& acquaintance, const Hash32& answer)
{
    if (!acquaintance.theirs) return peers_.disconnect(peer, "kin ask before they answer");
    if (acquaintance.has_answered) return peers_.disconnect(peer, "kin answer once");
    acquaintance.has_answered = true;
    const auto expected = answer_to(as_bytes(secret_), torrent_.view().info_hash(),
                                    {.of_asker = acquaintance.ours, .of_answerer = *acquaintance.theirs});
    // A wrong answer is no offence: there are other families.
    if (!equal_in_constant_time(answer, expected)) return;
    static_cast<void>(peers_.set_marks(peer, SHOAL_MARK_PREFERRED));
}

Hash32 KinExtension::new_question()
{
    Hash32 question;
    for (std::size_t i = 0; i < Hash32::size; i += sizeof(std::uint64_t)) {
        store_be(question.bytes.data() + i, random_.next());
    }
    return question;
}

bool KinExtension::is_ours(const Hash32& question) const
{
    return std::ranges::any_of(acquaintances_, [&](const auto& entry) { return entry.second.ours == question; });
}

} // namespace shoal::kin
