-- The test's world begins with the year 2030, a Tuesday; tests run in UTC.
local hour = 3600

test("the rates of each line hold from its time on", function(t)
    t:script "alternative_rates.lua"
    t:wait(7 * hour - 60)
    t:equal(t.settings["rates.down"], nil)
    t:wait(60)
    t:equal(t.settings["rates.down"], 2000000)
    t:equal(t.settings["rates.up"], 200000)
    t:wait(11 * hour)
    t:equal(t.settings["rates.down"], 4000000)
    t:wait(5 * hour)
    t:equal(t.settings["rates.down"], 0)
end)

test("the weekend is another matter", function(t)
    t:script "alternative_rates.lua"
    t:wait(4 * 24 * hour + 8 * hour) -- Saturday, eight o'clock: still Friday's night
    t:equal(t.settings["rates.down"], 0)
    t:wait(hour)
    t:equal(t.settings["rates.down"], 4000000)
end)
