-- Rates by the clock: each line of `plan` holds from its time on, in local time, until the next. Octets a second; 0: no limit. (The settings
-- rates.alternative_* know one other pair of limits; this knows as many as there are lines.)
-- grants: settings
local plan = {
    { cron = "0 7 * * 1-5", down = 2000000, up = 200000 },  -- workdays, while others are awake
    { cron = "0 18 * * 1-5", down = 4000000, up = 400000 }, -- the evening
    { cron = "0 23 * * *", down = 0, up = 0 },              -- the night
    { cron = "0 9 * * 0,6", down = 4000000, up = 400000 },  -- the weekend
}

for i, line in ipairs(plan) do
    shoal.time.cron("line " .. i, line.cron, function()
        for name, value in pairs { ["rates.down"] = line.down, ["rates.up"] = line.up } do
            local set, err = shoal.session.set(name, value)
            if not set then shoal.log.warning("could not set", name .. ":", err) end
        end
        shoal.log.info("rates are", line.down, "down and", line.up, "up")
    end)
end
