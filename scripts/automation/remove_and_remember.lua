-- Removes a torrent that has given enough (a limit of ratio or time), keeps a history of all that were removed, and does not take again what
-- is in there. With `data = true` in opts/remove_and_remember.conf its files go, too.
-- grants: delete_data
shoal.opts { data = false, refuse_again = true, hours = 0 }

shoal.on("torrent.ended", "remove", function(event)
    if shoal.opts.hours > 0 then shoal.time.sleep(shoal.opts.hours * 3600) end
    local removed, err = event.torrent:remove { data = shoal.opts.data }
    if not removed then shoal.log.warning("could not remove", event.name .. ":", err) end
end)

-- What it gave is not known any more when it is removed: noted before.
shoal.before("remove", "note", function(asked)
    shoal.kv.set("ratio/" .. asked.torrent.hash, asked.ratio or 0)
end, 1000)

shoal.on("torrent.removed", "remember", function(event)
    local hash = event.torrent.hash
    local ratio = shoal.kv.get("ratio/" .. hash)
    shoal.kv.delete("ratio/" .. hash)
    shoal.kv.set("history/" .. hash, { name = event.name, ratio = ratio, removed_at = shoal.time.unix() })
end)

shoal.before("add", "not again", function(asked)
    if not shoal.opts.refuse_again or not asked.torrent then return end
    local earlier = shoal.kv.get("history/" .. asked.torrent)
    if not earlier then return end
    return false, earlier.name .. " was here until " .. shoal.time.iso(earlier.removed_at)
end)
