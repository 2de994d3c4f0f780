-- Runs a program when a torrent is complete: with its name, folder, label and info-hash as arguments. Put your program's path into the
-- next line and into opts/run_on_completion.conf (program = …). What it prints is in the daemon's log. Beside a script that moves what is
-- complete (move_on_completion): `event = torrent.moved`, and the folder is the new one.
-- grants: proc(/usr/local/bin/after-download)
shoal.opts { program = "/usr/local/bin/after-download", timeout = 600, label = "", event = "torrent.finished" }

shoal.on(shoal.opts.event, "run", function(event)
    local torrent = event.torrent
    if shoal.opts.label ~= "" and torrent.label ~= shoal.opts.label then return end
    local ended, err = shoal.proc.run {
        argv = { shoal.opts.program, torrent.name, torrent.folder, torrent.label, torrent.hash },
        timeout = shoal.opts.timeout,
    }
    if not ended then return shoal.log.error(shoal.opts.program, "for", event.name .. ":", err) end
    for line in (ended.output .. ended.errors):gmatch("[^\n]+") do shoal.log.info(line) end
    if ended.code ~= 0 then shoal.log.warning(shoal.opts.program, "ended with", ended.code, "for", event.name) end
end)
