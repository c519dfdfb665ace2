"""Studies with known truth: alliance scores, ruptures, repairs, drop-out and a rupture log."""

from alliance.simulate.answers import Sheets as Sheets
from alliance.simulate.dated_clinic import Clinic as Clinic
from alliance.simulate.dated_clinic import clinic as clinic
from alliance.simulate.drawing import simulate as simulate
from alliance.simulate.folder import write_study as write_study
from alliance.simulate.likeness import like as like
from alliance.simulate.moments import Moments as Moments
from alliance.simulate.moments import moments as moments
from alliance.simulate.settings import find_world as find_world
from alliance.simulate.settings import parameters as parameters
from alliance.simulate.settings import with_typed as with_typed
from alliance.simulate.study import Study as Study
from alliance.simulate.world import World as World
from alliance.simulate.world import worlds as worlds
