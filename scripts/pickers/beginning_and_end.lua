-- The first and the last hundredth of the torrent, where a film has what a player asks for first; then in order.
function rank(swarm, ranks)
  local edge = math.max(1, swarm.pieces // 100)
  for piece = 0, swarm.pieces - 1 do
    local is_edge = piece < edge or piece >= swarm.pieces - edge
    ranks[piece] = (is_edge and swarm.pieces or 0) - piece
  end
end
