-- Tells a web server what happened: a POST of JSON with `text`, and `event`, `name`, `label`, `hash` beside it. Put the host into the next
-- line, and the address into opts/notify_by_webhook.conf (url = https://…).
-- grants: http(hooks.example.org)
shoal.opts { url = "https://hooks.example.org/shoal", label = "", tries = 4 }

local texts = {
    ["torrent.finished"] = "is complete",
    ["torrent.ended"] = "has given enough",
    ["torrent.error"] = "failed",
    ["disk.low"] = "a disk is low",
}

-- Again after 1, 4, 9 … minutes: a server that is being restarted is no reason to hear nothing.
local function post(message)
    for try = 1, shoal.opts.tries do
        local answer, err = shoal.http.post { url = shoal.opts.url, json = message }
        if answer and answer.ok then return end
        err = answer and "it answers " .. answer.status or err
        shoal.log.warning("could not tell", shoal.opts.url, "that", message.text .. ":", err)
        if try < shoal.opts.tries then shoal.time.sleep(try * try * 60) end
    end
end

for event, text in pairs(texts) do
    shoal.on(event, event, function(told)
        local torrent = told.torrent
        if shoal.opts.label ~= "" and torrent and torrent.label ~= shoal.opts.label then return end
        local why = told.why and ": " .. told.why or ""
        post {
            text = (told.name and told.name .. " " or "") .. text .. why,
            event = event,
            name = told.name,
            label = torrent and torrent.label,
            hash = torrent and torrent.hash,
        }
    end)
end
