-- What few peers have comes first; of what is equally rare, anything.
function rank(swarm, ranks)
  local availability = swarm.availability
  for piece = 0, swarm.pieces - 1 do
    ranks[piece] = -1000 * availability[piece] + math.random(0, 999)
  end
end
