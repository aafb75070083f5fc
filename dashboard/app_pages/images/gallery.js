// A grid of pictures, each a button: arrow keys move, Enter or a click chooses.
function tile(item, chosen) {
  const button = document.createElement(item.still ? "div" : "button");
  if (item.still) button.setAttribute("role", "img");
  else button.type = "button";
  button.className = `tile ${item.kind}`;
  button.dataset.id = item.id;
  button.setAttribute("aria-label", item.alt);
  if (!item.still) button.setAttribute("aria-pressed", String(item.id === chosen));
  button.title = item.id;
  let picture;
  if (item.src) {
    picture = document.createElement("img");
    picture.src = item.src;
    picture.alt = "";
  } else {
    picture = document.createElement("span");
    picture.className = "absent";
    picture.textContent = "no image here";
  }
  const caption = document.createElement("span");
  caption.className = "caption";
  caption.textContent = item.caption;
  const detail = document.createElement("span");
  detail.className = "detail";
  detail.textContent = item.detail;
  button.append(picture, caption, detail);
  return button;
}

function columns(tiles) {
  const top = tiles[0].offsetTop;
  const next = tiles.findIndex((one) => one.offsetTop !== top);
  return next < 0 ? tiles.length : next;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".gallery");
  grid.setAttribute("aria-label", data.label);
  grid.replaceChildren(...data.items.map((item) => tile(item, data.chosen)));
  const tiles = [...grid.children];
  const at = Math.max(
    0,
    tiles.findIndex((one) => one.dataset.id === data.chosen),
  );
  tiles.forEach((one, n) => {
    if (one.tagName === "BUTTON") one.tabIndex = n === at ? 0 : -1;
  });

  grid.onclick = (event) => {
    const one = event.target.closest(".tile");
    if (one?.tagName === "BUTTON") setTriggerValue("picked", one.dataset.id);
  };
  grid.onkeydown = (event) => {
    const from = tiles.indexOf(event.target.closest(".tile"));
    const steps = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns(tiles),
      ArrowDown: columns(tiles),
      Home: -from,
      End: tiles.length - 1 - from,
    };
    const to = from + (steps[event.key] ?? 0);
    if (from < 0 || !(event.key in steps) || !tiles[to]) return;
    event.preventDefault();
    event.stopPropagation();
    tiles[from].tabIndex = -1;
    tiles[to].tabIndex = 0;
    tiles[to].focus();
  };
}
