-- Tells a web server what happened: a POST of JSON with `text`, and `event`, `name`, `label`, `hash` beside it. Put the host into the next
-- line, and the address into opts/notify_by_webhook.conf (url = https://…). That a torrent is complete is told at least once, whatever dies
-- meanwhile.
-- grants: http(hooks.example.org)
shoal.opts { url = "https://hooks.example.org/shoal", label = "", tries = 4 }

local texts = {
    ["torrent.ended"] = "has given enough",
    ["torrent.error"] = "failed",
    ["disk.low"] = "a disk is low",
}

-- Again after 1, 4, 9 … minutes: a server that is being restarted is no reason to hear nothing.
local function post(message)
    for try = 1, shoal.opts.tries do
        local answer, err = shoal.http.post { url = shoal.opts.url, json = message }
        if answer and answer.ok then return true end
        err = answer and "it answers " .. answer.status or err
        shoal.log.warning("could not tell", shoal.opts.url, "that", message.text .. ":", err)
        if try < shoal.opts.tries then shoal.time.sleep(try * try * 60) end
    end
end

local function tell(event, text, torrent, name)
    if shoal.opts.label ~= "" and torrent and torrent.label ~= shoal.opts.label then return false end
    return post {
        text = (name and name .. " " or "") .. text,
        event = event,
        name = name,
        label = torrent and torrent.label,
        hash = torrent and torrent.hash,
    }
end

local function tell_finished(torrent)
    local key = "told/" .. torrent.hash
    if not shoal.kv.get(key) and tell("torrent.finished", "is complete", torrent, torrent.name) then shoal.kv.set(key, true) end
end

shoal.on("torrent.finished", "finished", function(event) tell_finished(event.torrent) end)
shoal.on("torrent.removed", "forget", function(event) shoal.kv.delete("told/" .. event.torrent.hash) end)
for event, text in pairs(texts) do
    shoal.on(event, event, function(told)
        tell(event, text .. (told.why and ": " .. told.why or ""), told.torrent, told.name)
    end)
end

-- Nobody tells what happened while we were not there.
shoal.time.after("catch up", 5, function()
    local since = shoal.kv.get("since")
    if not since then return shoal.kv.set("since", shoal.time.unix()) end
    for _, torrent in ipairs(shoal.torrents.list("finished_at>=" .. since) or {}) do tell_finished(torrent) end
end)
