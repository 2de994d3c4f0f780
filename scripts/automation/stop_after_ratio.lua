-- Stops what has given enough, by label: a ratio, or days of seeding, whichever comes first. Looks every ten minutes.
local rules = {
    tv = { ratio = 1.5, days = 14 },
    music = { ratio = 3 },
}

local function has_given_enough(torrent, rule)
    if rule.ratio and torrent.ratio >= rule.ratio then return "ratio " .. torrent.ratio end
    local seeded = (shoal.kv.get("seeding/" .. torrent.hash) or 0) / (24 * 3600)
    if rule.days and seeded >= rule.days then return rule.days .. " days" end
end

shoal.time.every("look", 600, function()
    for _, torrent in ipairs(assert(shoal.torrents.list("state=seeding"))) do
        local rule = rules[torrent.label]
        if rule then
            local key = "seeding/" .. torrent.hash
            shoal.kv.set(key, (shoal.kv.get(key) or 0) + 600)
            local why = has_given_enough(torrent, rule)
            if why then
                local stopped, err = torrent:stop()
                shoal.log.info(stopped and "stopped" or "could not stop", torrent.name .. ":", why, err or "")
            end
        end
    end
end)

shoal.on("torrent.removed", "forget", function(event) shoal.kv.delete("seeding/" .. event.torrent.hash) end)
