/* Server-sent events over a POST: EventSource can only GET. Lines may be cut anywhere; comments pass by. */

/** Calls take(name, data) for each event of a fetch response; `data` is parsed JSON. */
export async function readEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      dispatch(rest.slice(0, end), take);
      rest = rest.slice(end + 2);
    }
  }
}

function dispatch(block, take) {
  let name = "message";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data) take(name, JSON.parse(data));
}
