// What each τ does, redrawn in the browser while the slider moves. Python sends the
// matrix without τ and the moves from step to step; nothing is asked of it until the
// slider rests, so that its state, the address and the tables below follow.

const REST = 250 // ms without a move, after which Python is told
const SPACE = "\u00a0"
const kept = new WeakMap() // per place on the page: what was told last, and a timer

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const root = parentElement.querySelector(".tau")
  const slider = root.querySelector("input")
  const state = kept.get(parentElement) ?? { sent: null, timer: null, drawn: "" }
  kept.set(parentElement, state)

  const tell = () => {
    state.timer = null
    state.sent = Number(slider.value)
    setStateValue("tau", state.sent)
  }
  const moved = () => {
    update(root, data, Number(slider.value))
    clearTimeout(state.timer)
    state.timer = setTimeout(tell, REST)
  }
  slider.oninput = moved
  root.querySelector(".chosen").onclick = () => {
    slider.value = data.chosen
    moved()
    slider.focus()
  }
  const mark = JSON.stringify([data.names, data.start, data.chosen])
  if (state.drawn !== mark) {
    build(root, data)
    state.drawn = mark
  }
  // An answer to an earlier move must not pull the slider back.
  const late = state.timer !== null || (state.sent ?? data.received) !== data.received
  if (!late) slider.value = data.tau
  update(root, data, Number(slider.value))
  return () => clearTimeout(state.timer)
}

function build(root, data) {
  const slider = root.querySelector("input")
  slider.max = data.step * (data.changed.length - 1)
  slider.step = data.step
  const chosen = root.querySelector(".chosen")
  chosen.hidden = data.chosen === null
  if (data.chosen !== null) {
    chosen.style.setProperty("--at", data.chosen / slider.max)
    chosen.firstElementChild.textContent = `chosen on val: ${data.chosen.toFixed(2)}`
  }
  const numbers = data.metrics.map(one => [
    element("div", {}, element("dt", {}, one.title), element("dd", {}),
      element("dd", { className: "change" })),
  ])
  root.querySelector(".numbers").replaceChildren(...numbers.flat())
  root.querySelector(".legend").replaceChildren(
    ...series(data).map(([name, title]) =>
      element("span", { className: name }, element("i", {}), title)),
  )
  buildShares(root.querySelector(".shares"), data)
  buildMatrix(root.querySelector(".matrix"), data)
}

function series(data) {
  const all = [["true", "true"], ["before", "predicted, τ = 0"],
    ["after", "predicted, this τ"], ["training", "training"]]
  return all.filter(([name]) =>
    name !== "true" && name !== "training" ? true : data[name] !== null)
}

function buildShares(table, data) {
  const rows = data.names.map(name => {
    const bars = series(data).map(([kind, title]) =>
      element("div", { className: kind }, element("span", {}, `${title} `),
        element("i", {}), element("b", {})))
    return element("tr", {},
      element("th", { scope: "row", title: name, dir: "auto" }, name), element("td", {}, ...bars))
  })
  table.tBodies[0].replaceChildren(...rows)
  const sides = series(data).map(([name]) => data[name]).filter(Boolean).flat()
  table.dataset.top = Math.max(...sides, ...peaks(data)) || 1
}

function buildMatrix(table, data) {
  const titles = data.names.map(name =>
    element("th", { scope: "col", title: name, dir: "auto" }, element("span", {}, name)))
  table.tHead.rows[0].replaceChildren(element("td", {}, data.corner), ...titles)
  table.tBodies[0].replaceChildren(...data.names.map(name =>
    element("tr", {}, element("th", { scope: "row", title: name, dir: "auto" }, name),
      ...data.names.map(() => element("td", {})))))
  table.classList.toggle("many", data.names.length > 16)
}

function update(root, data, tau) {
  const step = Math.round(tau / data.step)
  const matrix = counts(data, step)
  const slider = root.querySelector("input")
  root.querySelector("output").textContent = tau.toFixed(2)
  const changed = data.changed[step].toLocaleString("en-US")
  const summary = `${changed} of ${data.images.toLocaleString("en-US")} labels change`
  root.querySelector(".summary").textContent = `At τ${SPACE}=${SPACE}${tau.toFixed(2)}, ${summary}.`
  slider.setAttribute("aria-valuetext", `${tau.toFixed(2)}: ${summary}`)
  slider.style.setProperty("--filled", tau / slider.max)
  data.metrics.forEach((one, number) => {
    const [, value, change] = root.querySelector(".numbers").children[number].children
    const gain = one.values[step] - one.values[0]
    value.textContent = one.values[step].toFixed(3)
    change.textContent =
      Math.abs(gain) < 0.0005 ? "no change" : `${signed(gain)} by τ`
    change.dataset.gain = Math.abs(gain) < 0.0005 ? "0" : Math.sign(gain)
  })
  drawShares(root.querySelector(".shares"), data, matrix)
  drawMatrix(root.querySelector(".matrix"), data, matrix)
}

function drawShares(table, data, matrix) {
  const top = Number(table.dataset.top)
  const after = data.names.map((_, label) =>
    matrix.reduce((sum, row) => sum + row[label], 0) / data.images)
  const shown = { ...data, after }
  data.names.forEach((_, row) => {
    for (const bar of table.tBodies[0].rows[row].cells[1].children) {
      const share = shown[bar.className][row]
      bar.children[1].style.width = `${(70 * share) / top}%`
      bar.children[2].textContent = share === 0 ? "never" : percent(share)
    }
  })
}

function drawMatrix(table, data, matrix) {
  const many = table.classList.contains("many")
  matrix.forEach((row, true_) => {
    const total = row.reduce((sum, n) => sum + n, 0)
    row.forEach((n, predicted) => {
      const cell = table.tBodies[0].rows[true_].cells[predicted + 1]
      const share = total ? n / total : 0
      const written = n ? n.toLocaleString("en-US") : "·"
      if (cell.textContent !== written) cell.textContent = written
      cell.className = n === 0 ? "none" : true_ === predicted ? "correct" : "incorrect"
      cell.style.setProperty("--share", `${Math.round(share * 100)}%`)
      cell.classList.toggle("strong", share > 0.45)
      if (many) cell.title = `${data.names[true_]} → ${data.names[predicted]}: ${written}`
    })
  })
}

function counts(data, step) {
  const matrix = data.start.map(row => [...row])
  for (const [at, true_, before, after, n] of data.moves) {
    if (at > step) break
    matrix[true_][before] -= n
    matrix[true_][after] += n
  }
  return matrix
}

function peaks(data) {
  const now = data.names.map((_, label) =>
    data.start.reduce((sum, row) => sum + row[label], 0))
  const highest = [...now]
  for (const [, , before, after, n] of data.moves) {
    now[before] -= n
    now[after] += n
    highest[after] = Math.max(highest[after], now[after])
  }
  return highest.map(n => n / data.images)
}

function percent(share) {
  return share < 0.001 ? "<0.1%" : `${(100 * share).toFixed(1)}%`
}

function signed(gain) {
  return `${gain > 0 ? "+" : "−"}${Math.abs(gain).toFixed(3)}`
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}
