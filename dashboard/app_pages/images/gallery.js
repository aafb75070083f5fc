// A grid of pictures, each a button: arrow keys move, Enter or a click chooses.
// With `data.selected`, a list of ids, it adds to them or takes away instead.
function tile(item, isPressed) {
  const button = document.createElement(item.still ? "div" : "button");
  if (item.still) button.setAttribute("role", "img");
  else button.type = "button";
  button.className = `tile ${item.kind}`;
  button.dataset.id = item.id;
  button.setAttribute("aria-label", item.alt);
  if (!item.still) button.setAttribute("aria-pressed", String(isPressed(item.id)));
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

// What was clicked since the page last changed the selection by itself: an answer
// to an earlier click must not undo a later one.
function selection(grid, data) {
  if (!data.selected) return null;
  if (grid.mark !== data.mark) {
    grid.mark = data.mark;
    grid.selected = new Set(data.selected);
  }
  return grid.selected;
}

export default function ({
  data,
  parentElement,
  setStateValue,
  setTriggerValue,
}) {
  const grid = parentElement.querySelector(".gallery");
  grid.setAttribute("aria-label", data.label);
  const selected = selection(grid, data);
  const isPressed = (id) =>
    selected ? selected.has(id) : id === data.chosen;
  grid.classList.toggle("selecting", Boolean(selected));
  grid.replaceChildren(...data.items.map((item) => tile(item, isPressed)));
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
    if (one?.tagName !== "BUTTON") return;
    const id = one.dataset.id;
    if (!selected) {
      setTriggerValue("picked", id);
      return;
    }
    if (!selected.delete(id)) selected.add(id);
    one.setAttribute("aria-pressed", String(selected.has(id)));
    setStateValue("selected", [...selected]);
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
