#include "cli/script_command.hpp"

#include <string_view>

namespace shoal::cli {

namespace {

constexpr std::string_view new_automation = R"lua(-- NAME: says what it does, in a line.
-- Put it into the folder of scripts (~/.config/shoal/scripts); the daemon runs it, and runs it anew when it changes.

shoal.on("torrent.finished", "say so", function(event)
    shoal.log.info(event.name, "is complete, in", event.torrent.folder)
end)
)lua";

constexpr std::string_view test_of_automation = R"lua(-- shoal script test NAME_test.lua

test("says that a torrent is complete", function(t)
    t:script "NAME.lua"
    local torrent = t:torrent { name = "film", folder = "/srv/films" }
    t:emit("torrent.finished", torrent)
    t:check(t:logged("film is complete, in /srv/films"))
end)
)lua";

constexpr std::string_view new_rules = R"lua(-- NAME: rules for feeds. shoal rules test NAME.lua --feed saved.xml --explain

shoal.rss.feed { name = "daily", url = "https://feeds.example.org/daily.xml", every = 900 }

shoal.rules.rule {
    name = "NAME",
    feeds = { "daily" },
    match = "the words that have to be there",
    size = "<3GB",
    add = { label = "NAME" },
}
)lua";

constexpr std::string_view test_of_rules = R"lua(-- shoal script test NAME_test.lua

test("one rule, for one feed", function(t)
    t:script "NAME.lua"
    t:equal(#t:rules(), 1)
    t:equal(t:rules()[1].name, "NAME")
    t:equal(#t:feeds(), 1)
end)
)lua";

constexpr std::string_view new_picker = R"lua(-- NAME: rare pieces first. shoal demo --picker NAME.lua,endgame
function rank(swarm, ranks)
    for piece = 0, swarm.pieces - 1 do
        ranks[piece] = -swarm.availability[piece]
    end
end
)lua";

std::string named(std::string_view text, const std::string& name)
{
    constexpr std::string_view mark = "NAME";
    std::string out(text);
    for (auto at = out.find(mark); at != out.npos; at = out.find(mark, at + name.size())) out.replace(at, mark.size(), name);
    return out;
}

}  // namespace

ScriptTemplate script_template(const std::string& kind, const std::string& name)
{
    if (kind == "picker") return {named(new_picker, name), {}};
    if (kind == "rules") return {named(new_rules, name), named(test_of_rules, name)};
    return {named(new_automation, name), named(test_of_automation, name)};
}

}  // namespace shoal::cli
