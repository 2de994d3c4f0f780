-- What is open is finished; then whatever the peer has, from a place drawn at random on.
function pick(swarm, request, out)
  for piece in request:open() do
    if not out:add_piece(piece) then return end
  end
  for piece in request:openable(math.random(0, swarm.pieces - 1)) do
    if not out:add_piece(piece) then return end
  end
end
