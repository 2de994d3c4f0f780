// A source of your own: `shoal get word:debian` looks the word up in a book that you keep in a setting, as NAME=WHERE with blanks
// between, WHERE being a magnet link or a URL, which is then read by whoever reads those.
#include <shoal/services.hpp>
#include <shoal/source.hpp>

#include <map>
#include <string>
#include <utility>

class WordSource final : public shoal::Source {
public:
    explicit WordSource(shoal::Host& host) : answers_(host), timers_(host.timers()), book_(host.settings().text("book")) {}

    // By its looks alone: what is behind it is asked of resolve().
    std::int32_t claims(std::string_view identifier) override { return identifier.starts_with(scheme) ? certain : 0; }

    shoal::Result<void> resolve(std::uint64_t operation, const shoal::SourceRequest& request) override
    {
        asked_[operation] = request.identifier.substr(scheme.size());
        turn_ = timers_.after(std::chrono::nanoseconds{0}, [this] { answer(); }); // no operation ends inside this call
        return {};
    }

    void cancel(std::uint64_t operation) override
    {
        if (asked_.erase(operation) != 0) answers_.failed(operation, shoal::make_error(shoal::Errc::cancelled, "cancelled"));
    }

private:
    static constexpr std::string_view scheme = "word:";

    void answer()
    {
        for (const auto& [operation, word] : std::exchange(asked_, {})) {
            const auto where = place_of(word);
            if (!where.empty()) answers_.elsewhere(operation, where);
            else answers_.failed(operation, shoal::make_error(shoal::Errc::not_found, word + ": this word is not in your book"));
        }
    }

    std::string place_of(const std::string& word) const
    {
        const auto book = " " + book_ + " ";
        const auto begin = book.find(" " + word + "=");
        if (begin == book.npos) return {};
        const auto place = begin + word.size() + 2;
        return book.substr(place, book.find(' ', place) - place);
    }

    shoal::SourceAnswers answers_;
    shoal::Timers timers_;
    std::string book_;
    std::map<std::uint64_t, std::string> asked_; // what is in it has not ended
    shoal::Timer turn_;
};

SHOAL_PLUGIN(R"json({
  "id": "org.example.source.word", "version": "1.0.0", "license": "MIT",
  "summary": "Takes word:NAME for what you have written down under that name.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.source/1", "name": "word", "scope": "session" } ],
  "requires": [ "shoal.host.source/1", "shoal.host.timer/1", "shoal.host.settings/1" ],
  "settings": {
    "book": { "type": "text", "default": "", "scope": "session", "live": false,
              "help": "NAME=WHERE, with blanks between" } },
  "sim_safe": true })json",
             shoal::source<WordSource>("word"))
