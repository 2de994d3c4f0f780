#pragma once

#include <string>
#include <vector>

namespace shoal::cli {

// A word that may be typed, and what it is for; the help may be empty.
struct Candidate {
    std::string text;
    std::string help{};
    friend bool operator==(const Candidate&, const Candidate&) = default;
};

// Where in a command line somebody is who has not typed it to its end, as the tables say that read it.
struct Place {
    std::string command;                  // "ctl settings get"; empty: none yet
    std::string argument{};               // whose value is being typed: "--socket", "torrent"; empty: none is
    std::string typed{};                  // so far, of the word or of the value
    std::string before{};                 // what stands in the same word before the value: "--socket="
    std::vector<std::string> earlier{};   // what came before it that is neither command nor flag
    std::string socket{};                 // as --socket says
    std::vector<Candidate> words{};       // what it may be: commands, flags, choices; not sifted yet
};

// `words` is what was typed after the program's name, the last of them not to its end; there is at least one, perhaps empty.
Place place_of(const std::vector<std::string>& words);

}  // namespace shoal::cli
