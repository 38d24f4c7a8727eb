# make demo and make test do all the set-up on a fresh clone with nothing but Python 3.11, 3.12 or 3.13.

ALLOWED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
ifndef PYTHON
PYTHON := $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,\
	$(shell command -v $(name) >/dev/null && $(name) -c "$(ALLOWED)" 2>/dev/null && command -v $(name))))
endif
BIN := .venv/bin
INSTALLED := .venv/.installed
DEVELOPED := .venv/.installed-dev
DOCUMENTED := .venv/.installed-docs
PAGE := examples/browser
SHARED := scripts/studio/page/shared
SITE := demo/browser
PACKAGES := $(PAGE)/node_modules/.installed

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help venv demo docs gallery studio browser browser-packages test test-slow lint clean

help:
	@echo "make demo       a new reel, a new hymn, Ode to Joy as a reel, and a humanised beat, into demo/"
	@echo "make docs       the documentation as a site, into site/"
	@echo "make gallery    every kind of picture, from the example tunes, into docs/gallery/"
	@echo "make studio     the studio: a page to bring songs to, turn knobs and hear the music (Ctrl-C ends it)"
	@echo "make browser    a page with a personal model, on this machine (needs Node.js)"
	@echo "make test       the fast tests"
	@echo "make test-slow  the tests that train or take long"
	@echo "make lint       ruff, who may import whom, and mypy"
	@echo "make venv       the virtual environment in .venv, with everything installed"
	@echo "make clean      removes what demo, tests and builds left; .venv stays"

venv: $(DEVELOPED)

# The stamps make this run once, and again when what is to be installed changes.
$(INSTALLED): pyproject.toml setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: install one, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c "$(ALLOWED)" || { echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is another: say make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing into .venv: a few minutes, about 3 GB."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[audio]" -c constraints.txt
	@touch $@

$(DEVELOPED): $(INSTALLED)
	@echo "Installing what the tests need."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]" -c constraints.txt
	@touch $@

# Sound needs the FluidSynth library, which is not Python's to install: without it there is none.
demo: $(INSTALLED)
	@set -e; \
	sound=$$($(BIN)/python -c "from base_vae.music.audio import load_fluidsynth as load; load()" 2>/dev/null && echo --audio || true); \
	for style in reels hymns; do \
		$(BIN)/midime_generate --midi=examples:$$style --output_dir=demo --num_outputs=1 --num_bars=16 --plot $$sound; \
	done; \
	echo; echo "Learning what makes a reel of a hymn: half a minute."; \
	test -d demo/hymns_and_reels/model || $(BIN)/latent_transfer --mode=train --style_a=examples:hymns \
		--style_b=examples:reels --run_dir=demo/hymns_and_reels >demo/learning.txt 2>&1 || { cat demo/learning.txt; exit 1; }; \
	$(BIN)/latent_transfer --mode=transform --run_dir=demo/hymns_and_reels --midi=examples/hymns/ode_to_joy.abc \
		--towards=b --output_dir=demo --plot $$sound; \
	test ! -d base_vae/pretrained/groovae_2bar_humanize || \
		$(BIN)/groovae --mode=humanize --midi=examples/beats/straight_eighths.abc --output_dir=demo $$sound
	@echo; echo "New music (.mid), pictures of it (.png), and sound (.wav) where FluidSynth is installed:"
	@find demo -maxdepth 1 -type f ! -name learning.txt | sort

docs: $(DOCUMENTED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html. With its search: $(BIN)/python -m http.server --bind 127.0.0.1 --directory site"

$(DOCUMENTED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[docs]" -c constraints.txt
	@touch $@

gallery: $(INSTALLED)
	$(BIN)/python docs/make_gallery.py

studio: venv
	$(BIN)/midime_studio --midi=examples/reels

browser-packages: $(PACKAGES)

$(PACKAGES): $(PAGE)/package.json
	@command -v npm >/dev/null || { echo "Node.js with npm is needed (Debian: apt-get install nodejs npm)"; exit 1; }
	npm install --prefix $(PAGE) --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# What the page is made of: its own files, the studio's, one file of Magenta.js, and a model.
$(SITE)/magentamusic.js: $(PAGE)/package.json
	@command -v npm >/dev/null || { echo "Node.js with npm is needed (Debian: apt-get install nodejs npm)"; exit 1; }
	mkdir -p $(SITE)
	npm pack --silent --pack-destination $(SITE) "@magenta/music@$$(node -p "require('./$(PAGE)/package.json').dependencies['@magenta/music']")"
	tar -xzf $(SITE)/magenta-music-*.tgz -C $(SITE) --strip-components=2 package/dist/magentamusic.js
	rm $(SITE)/magenta-music-*.tgz
	@touch $@

$(SITE)/models: | $(INSTALLED)
	rm -rf demo/page && mkdir -p demo
	$(BIN)/midime_generate --midi=examples/reels --output_dir=demo/page --save_model=demo/page/model
	$(BIN)/export_magenta_js --model=demo/page/model --output_dir=$@ --quantize=uint16

browser: $(SITE)/magentamusic.js $(SITE)/models
	cp -R $(PAGE)/index.html $(PAGE)/main.js $(PAGE)/style.css $(SHARED) $(SITE)
	@echo "Open http://127.0.0.1:8000 (Ctrl-C ends)"
	@$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory $(SITE)

test: venv
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: venv
	$(BIN)/python -m pytest -m slow

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

clean:
	rm -rf $(PAGE)/node_modules demo site build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./.venv/*" -prune -exec rm -rf {} +
