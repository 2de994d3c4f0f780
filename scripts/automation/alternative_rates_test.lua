-- The test's world begins with the year 2030, a Tuesday; tests run in UTC.
local hour = 3600

test("the rates of each line hold from its time on", function(t)
    t:script "alternative_rates.lua"
    t:wait(7 * hour - 60)
    t:equal(t.settings["rates.down"], 0, "the night of the day before")
    t:wait(60)
    t:equal(t.settings["rates.down"], 2000000)
    t:equal(t.settings["rates.up"], 200000)
    t:wait(11 * hour)
    t:equal(t.settings["rates.down"], 4000000)
    t:wait(5 * hour)
    t:equal(t.settings["rates.down"], 0)
    t:equal(#t:calls_of("settings.set"), 8)
end)

test("the weekend is another matter", function(t)
    t:script "alternative_rates.lua"
    t:wait(4 * 24 * hour + 8 * hour) -- Saturday, eight o'clock: still Friday's night
    t:equal(t.settings["rates.down"], 0)
    t:wait(hour)
    t:equal(t.settings["rates.down"], 4000000)
end)

test("a line that began while the daemon was away holds when it is back", function(t)
    t:wait(12 * hour)
    t:script "alternative_rates.lua"
    t:wait(1)
    t:equal(t.settings["rates.down"], 2000000)
end)

test("what was set by hand holds until the next line, also over a restart", function(t)
    t:wait(12 * hour)
    t:script "alternative_rates.lua"
    t:wait(hour)
    t.settings["rates.down"] = 5
    t:script "alternative_rates.lua"
    t:wait(hour)
    t:equal(t.settings["rates.down"], 5)
    t:wait(4 * hour)
    t:equal(t.settings["rates.down"], 4000000)
end)

test("what could not be set is tried again", function(t)
    t:answer("settings.set", function() return nil, "not now" end)
    t:script "alternative_rates.lua"
    t:wait(10)
    t:check(t:logged("not now"))
    t:answer("settings.set", nil)
    t:wait(60)
    t:equal(t.settings["rates.down"], 0)
end)
