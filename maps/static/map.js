/* Draws the map from the page's data block. Stored text is only ever set as text, never as HTML. */
var homeground = (function () {
  "use strict";

  /* five steps of cividis (safe for the colour-blind), light to dark; ink is what reads on it */
  var STYLES = {
    "score-1": { fill: "#fdea45", ink: "#14212b" },
    "score-2": { fill: "#d0b869", ink: "#14212b" },
    "score-3": { fill: "#9b9477", ink: "#14212b" },
    "score-4": { fill: "#575d6d", ink: "#ffffff" },
    "score-5": { fill: "#00224e", ink: "#ffffff" },
    "excluded": { fill: "#b4bcc2", ink: "#14212b" },
    "open": { fill: "#00224e", ink: "#ffffff" },
    "full": { fill: "#9b9477", ink: "#14212b" },
    "unknown": { fill: "#ffffff", ink: "#14212b", dash: "3 3" },
    "origin": { fill: "#b3261e", ink: "#ffffff" }
  };

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) { made.className = className; }
    if (text !== undefined) { made.textContent = text; }
    return made;
  }

  function safeLink(href) {
    return /^(#|\/(?!\/))/.test(href) ? href : "#";
  }

  function linkTo(href, text) {
    var link = element("a", "", text);
    link.setAttribute("href", href);
    return link;
  }

  function popup(together, words) {
    var box = element("div", together.length > 1 ? "popup popup-several" : "popup");
    together.forEach(function (feature) { box.appendChild(told(feature, words)); });
    return box;
  }

  function told(feature, words) {
    var box = element("div", "popup-one");
    box.appendChild(element("strong", "", feature.title));
    (feature.lines || []).forEach(function (line) { box.appendChild(element("div", "", line)); });
    var inList = document.getElementById("s-" + feature.id);
    if (feature.href) { box.appendChild(linkTo(safeLink(feature.href), words.more)); }
    if (inList) {
      var back = linkTo("#s-" + encodeURIComponent(feature.id), words.details);
      back.addEventListener("click", function (event) {
        var folded = inList.closest("details:not([open])");
        event.preventDefault();
        if (folded) { folded.open = true; }
        inList.scrollIntoView();
        inList.focus({ preventScroll: true });
      });
      box.appendChild(back);
    }
    return box;
  }

  function mark(feature, together, index) {
    var several = together.length > 1;
    var kind = several ? "several" : feature.style;
    var icon = element("span", "mark mark-" + kind + " shape-" + feature.layer, several ? "×" + together.length : feature.label || "");
    return L.marker(feature.at, {
      icon: L.divIcon({ className: "mark-holder", html: icon, iconSize: [28, 28] }),
      keyboard: false,
      zIndexOffset: -1000 * index,
      alt: ""
    });
  }

  function shapes(feature, together, index) {
    var style = STYLES[feature.style] || STYLES.unknown;
    var line = { color: "#14212b", weight: 1, dashArray: style.dash || null, fillColor: style.fill, fillOpacity: 0.85 };
    var made = [];
    if (feature.style === "excluded") {
      return [L.circleMarker(feature.at, { radius: 3, weight: 0.5, color: "#5c6870", fillColor: style.fill, fillOpacity: 1 })];
    }
    if (feature.geometry) { made.push(L.geoJSON(feature.geometry, { style: function () { return line; } })); }
    /* several at one point with one margin share one circle */
    var first = together.filter(function (other) { return other.margin_m === feature.margin_m && other.rough === feature.rough; })[0];
    if (first !== feature) { return made.concat(together[0] === feature ? [mark(feature, together, index)] : []); }
    if (feature.margin_m > 0) {
      made.push(L.circle(feature.at, {
        radius: feature.margin_m, color: "#14212b", weight: 1.5, dashArray: "6 5", fillColor: "#5c6870", fillOpacity: 0.06
      }));
    } else if (feature.rough) {
      made.push(L.circleMarker(feature.at, { radius: 22, color: "#14212b", weight: 1.5, dashArray: "1 5", fill: false }));
    }
    /* the first of those at one point carries the mark for them all */
    if (together[0] === feature) { made.push(mark(feature, together, index)); }
    return made;
  }

  /* a name is shown where its outline is wide enough to hold it */
  function nameWhereItFits(map, shape, marker) {
    function look() {
      var box = shape.getBounds();
      var wide = map.latLngToContainerPoint(box.getNorthEast()).x - map.latLngToContainerPoint(box.getSouthWest()).x;
      if (wide > 45) { marker.addTo(map); } else { marker.remove(); }
    }
    map.on("zoomend", look);
    map.whenReady(look);
  }

  function background(map, outlines) {
    var group = L.featureGroup();
    outlines.forEach(function (outline) {
      var shape = L.geoJSON(outline.geometry, {
        interactive: false,
        style: { color: "#8c979e", weight: 1, fillColor: "#ffffff", fillOpacity: outline.name ? 0.35 : 0.7 }
      }).addTo(group);
      if (outline.name && outline.at) {
        nameWhereItFits(map, shape, L.marker(outline.at, {
          icon: L.divIcon({ className: "place-name", html: element("span", "", outline.name), iconSize: [0, 0] }),
          interactive: false, keyboard: false, alt: "", zIndexOffset: -100000
        }));
      }
    });
    return group.addTo(map);
  }

  function layerSwitches(map, groups) {
    document.querySelectorAll("input[data-layer]").forEach(function (box) {
      box.closest("[hidden]") && box.closest("[hidden]").removeAttribute("hidden");
      box.addEventListener("change", function () {
        var group = groups[box.dataset.layer];
        if (group) { box.checked ? group.addTo(map) : group.remove(); }
      });
    });
  }

  function showButtons(map, byId) {
    document.querySelectorAll("button[data-show]").forEach(function (button) {
      var found = byId[button.dataset.show];
      if (!found) { return; }
      button.hidden = false;
      button.addEventListener("click", function () {
        var bounds = found.group.getBounds().isValid() ? found.group.getBounds() : L.latLngBounds([found.at]);
        map.fitBounds(bounds, { maxZoom: 15, animate: false });
        map.getContainer().scrollIntoView({ block: "center" });
        map.getContainer().focus({ preventScroll: true });
        if (found.last) { found.last.openPopup(); }
      });
    });
  }

  function draw(map, dataId) {
    var data = JSON.parse(document.getElementById(dataId).textContent);
    var container = map.getContainer();
    container.querySelectorAll(".needs-script").forEach(function (p) { p.remove(); });
    L.control.zoom({ zoomInTitle: data.words.zoomIn, zoomOutTitle: data.words.zoomOut }).addTo(map);
    L.control.scale({ imperial: true, metric: true }).addTo(map);
    var behind = background(map, data.background);
    var groups = {};
    var byId = {};
    var main = L.featureGroup();
    /* beside the zoom buttons and within the frame of a phone */
    var roomy = Math.max(160, Math.min(280, container.clientWidth - 110));
    var points = {};
    data.features.forEach(function (feature) {
      var key = feature.style === "excluded" ? feature.id : feature.layer + feature.at.join();
      (points[key] = points[key] || []).push(feature);
      feature.key = key;
    });
    data.features.forEach(function (feature, index) {
      var together = points[feature.key];
      var group = groups[feature.layer] || (groups[feature.layer] = L.featureGroup().addTo(map));
      var own = L.featureGroup();
      var last;
      shapes(feature, together, index).forEach(function (shape) {
        last = shape.bindPopup(function () { return popup(together, data.words); }, { maxWidth: roomy, maxHeight: 260, autoPanPaddingTopLeft: [52, 12], autoPanPaddingBottomRight: [12, 12] });
        own.addLayer(shape);
      });
      group.addLayer(own);
      if (feature.style !== "excluded") { main.addLayer(L.marker(feature.at)); }
      byId[feature.id] = { at: feature.at, group: own, last: last || (byId[together[0].id] || {}).last };
    });
    map.on("popupopen", function (event) {
      var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) { close.setAttribute("aria-label", data.words.close); }
    });
    var extent = main.getBounds().isValid() ? main.getBounds() : behind.getBounds();
    if (extent.isValid()) { map.fitBounds(extent.pad(0.08), { maxZoom: data.features.length > 1 ? 15 : 12, animate: false }); } else { map.setView([0, 0], 1); }
    /* the list has the same content and takes the keyboard; the marks are for the pointer */
    map.getPane("markerPane").setAttribute("aria-hidden", "true");
    map.getPane("overlayPane").setAttribute("aria-hidden", "true");
    layerSwitches(map, groups);
    showButtons(map, byId);
    container.setAttribute("data-ready", "true");
  }

  return {
    map: function (id, options) {
      options.zoomSnap = 0.25;
      options.maxZoom = 19;
      options.minZoom = 5;
      options.scrollWheelZoom = true;
      return L.map(id, options);
    },
    draw: draw
  };
})();
