-- Rates by the clock: each line of `plan` holds from its time on, in local time, until the next; days count from 0, a Sunday. Octets a
-- second; 0: no limit. What you set by hand meanwhile holds until the next line does. (The settings rates.alternative_* know one other pair
-- of limits; this knows as many as there are lines.)
-- grants: settings
local plan = {
    { days = "12345", at = "07:00", down = 2000000, up = 200000 }, -- workdays, while others are awake
    { days = "12345", at = "18:00", down = 4000000, up = 400000 }, -- the evening
    { days = "0123456", at = "23:00", down = 0, up = 0 },          -- the night
    { days = "06", at = "09:00", down = 4000000, up = 400000 },    -- the weekend
}

local day, week = 24 * 60, 7 * 24 * 60 -- minutes

-- The line that holds now, and since when, in minutes of local time.
local function holding()
    local now = (shoal.time.unix() + shoal.time.date(shoal.time.unix(), "local").offset) // 60
    local holds, least = nil, week
    for _, line in ipairs(plan) do
        local hour, minute = line.at:match("(%d+):(%d+)")
        for weekday in line.days:gmatch("%d") do
            local age = (now + 4 * day - (weekday * day + hour * 60 + minute)) % week -- 1970 began on a Thursday
            if age < least then holds, least = line, age end
        end
    end
    return holds, now - least
end

-- Each line once, also after the daemon was away when it began.
local function look()
    local line, since = holding()
    if shoal.kv.get("since") == since then return end
    for name, value in pairs { ["rates.down"] = line.down, ["rates.up"] = line.up } do
        local set, err = shoal.session.set(name, value)
        if not set then return shoal.log.warning("could not set", name .. ":", err) end
    end
    shoal.log.info("rates are", line.down, "down and", line.up, "up")
    shoal.kv.set("since", since)
end

shoal.time.after("at once", 1, look)
shoal.time.cron("every minute", "* * * * *", look)
