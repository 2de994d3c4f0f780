-- How long to seed, by tracker: a ratio and days after which a torrent may stop, and days before which nobody removes it. The host of
-- a tracker is looked up in `policies`; edit them.
local policies = {
    ["tracker.example.org"] = { ratio = 2, days = 30, least_days = 3 },
    ["open.example.net"] = { ratio = 1 },
}
local day = 24 * 3600

local function policy_of(torrent)
    for _, tracker in ipairs(torrent:trackers() or {}) do
        local host = tracker.url:match("^%a+://([^:/]+)")
        if policies[host] then return policies[host], host end
    end
end

local function apply(event)
    local policy, host = policy_of(event.torrent)
    if not policy then return end
    local set, err = event.torrent:set { ratio = policy.ratio, seed_time = policy.days and policy.days * day }
    if not set then return shoal.log.warning("no limits for", event.name .. ":", err) end
    if policy.least_days then shoal.kv.set("least/" .. event.torrent.hash, { days = policy.least_days, host = host }) end
end

shoal.on("torrent.added", "when it is added", apply)
shoal.on("torrent.metadata", "when its trackers are known", apply)
shoal.on("torrent.removed", "forget", function(event) shoal.kv.delete("least/" .. event.torrent.hash) end)

shoal.before("remove", "seed long enough", function(asked)
    local least = shoal.kv.get("least/" .. asked.torrent.hash)
    local finished = asked.finished_at or 0
    if not least or finished == 0 then return end
    local left = least.days - (shoal.time.unix() - finished) / day
    if left > 0 then return false, ("%s wants %d days of seeding, %.1f are left"):format(least.host, least.days, left) end
end)
