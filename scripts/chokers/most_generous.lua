-- Three who give most (a seed: three who take fastest), and one of the others by lot.
function decide(view, out)
  local rate = view.is_seeding and "upload_rate" or "download_rate"
  local wanting = {}
  for _, peer in ipairs(view.peers) do
    if peer.is_interested then wanting[#wanting + 1] = peer end
  end
  table.sort(wanting, function(a, b) return a[rate] > b[rate] end)
  for place = 1, math.min(3, #wanting) do out:add(wanting[place]) end
  if #wanting > 3 then out:add(wanting[math.random(4, #wanting)]) end
end
