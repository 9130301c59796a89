# SPDX-License-Identifier: Apache-2.0
"""Given names: common ones of the United States and Europe, which tell a surname beside them in any spelling.

Source: the names of at least 0.02 % of women or men in the 1990 census of the United States (public domain), and of the
lists of 33 countries in Faker 40 (``providers/person``, MIT licence) those that stand in two of them, or in one of at
most 260 names. What is a word of the vocabulary as well ("iris", "line") is left out: beside it nothing is certain.
"""

from __future__ import annotations

_NAMES = """
    aaron abbas abdul abdullah abel abelardo abigail abraham abril achille achim ada adalberto adam adan addie
    adela adelaida adelaide adele adelheid adelina adeline adem adil adina adnan adolf adolfo adomas adrian
    adriana adrianna adriano adrien adrienn adrienne adrija afonso agata agatha agathe agne agnes agnese
    agnieszka agustin ahmad ahmed ahmet aicha aida aime aimee aina aino aisha aistis aivar aivaras akif akos
    alain alan alana alba alban albert alberta alberte alberto albin albina albrecht alcides aldo alejandra
    alejandro aleks aleksandar aleksander aleksandr aleksandra aleksandras aleksei alen alena ales alessandra
    alessandro alessia alessio alex alexa alexander alexandr alexandra alexandre alexandria alexandrie alexandru
    alexej alexia alexis alf alfons alfonso alfred alfredo algirdas ali alice alicia alida alina aline alisa
    alisha alison alix allan allana allen allison alma alois aloisia alonso alonzo alphonse alton alvaro alvin
    alwin alyssa alzbeta amador amalia amalie amalija amanda amandine amber amelia amelie amelija amin amina
    amir amira amos amparo amy ana anabel anabela anais anas anastasia anastasie anastazie anastazja anda andela
    anders andor andras andre andrea andreas andree andrei andreia andrej andres andrew andrey andrija andrius
    andrus andrzej andy ane aneta anett anette anezka angel angela angele angelica angelika angelina angelique
    angelo angie anh anibal anica aniela anika aniko anita anja anka anke ankica ann anna annabelle annalisa
    annamaria anne anneke anneli annelie annelies anneliese annelise annemarie annemie annette anni annick annie
    annika annikki annita anny anouk antal antanas ante anthony antje anto antoine antoinette anton antonella
    antoni antonia antonie antonietta antonija antonin antonina antonino antonio antonius antony ants antun anu
    apolena apollo apolonia april araceli aranka arcelia archie arda ariadna arian ariana ariane ariel ariele
    arif arijus arild arkadiusz arlene arlette armand armandas armando armin arminas arnas arnaud arnaude arne
    arno arnold arnoldas arnost arnulfo aron aronas arpad arsenio artan arthur artur arturas arturo arunas
    arvydas arzu asafe asbjorn ase ashley asiman asta astrid asuncion attila aud aude audrey audrius august
    augusta augustas auguste augustin augusto aureja aurel aurelia aurelie aurelija aurelio aurimas aurora
    aurore ausra ausrine austin ava avni axel axelle aya ayla aylin aylla aynur ayoub ayse aysel ayten azad aziz
    azra azucena azuolas baba balazs balint balthasar bao bara barbara barbora barica baris barna barnabas barry
    bart bartek bas bastian bayram beata beate beatrice beatrix beatriz becky bedrich bela belinda bella ben
    benas bence bendeguz benedek benedicte benedikt benedita benicio benita benito benjamim benjamin bennie
    benno benny benoit bente benthe bento berat berend berenice berit bernabe bernadett bernadette bernard
    bernarda bernardo bernd berndt bernhard bernice bernt bert berta bertalan bertha berthe bertil bertram
    bertrand bessie beth bethany betina betsy bettie bettina betty beulah beverly biagio bianca bianka bibiana
    bilal biljana bill billie billy birger birgit birgitta birte birthe biserka bjarne bjorg bjorn blahoslav
    blake blanca blanche blanka blazej blazena bob bobbie bobby bodil bogdan boglarka bohumil bohumila bohumir
    bohuslav bojan boleslav bonita bonnie borbala boris borivoj borys botond bozena bozica bozo brad bradford
    bradley brahim bram brandi brandon brandy branislav branka branko brayan brenda breno brent bretislav brett
    brian bridget brigita brigitta brigitte brita britt britta brittany brittney bronislava brooke bruce bruna
    bruno bryan bryant byron cacilia caetana caio caitlin caleb calebe calogero calvin cameron camila camilla
    camille camilo canan candace candelaria candice candy capucine cara caridad carin carine carl carla carlo
    carlos carlota carlton carmela carmelo carmen carmina carmine carminho carol carola carole carolin carolina
    caroline carolyn carrie carroll carsten cas casandra casey casper cassandra cassie catalina catarina
    caterina catharina catherine cathrine cathy catrin caua caue cecelia cecil cecile cecilia cecilie cedric
    celeste celia celina celine cesar ceyhun cezary chad chantal charlene charles charlie charline charlotte
    chau chelsea cheri cherie cheryl chester chi chiara chloe chris christa christel christelle christian
    christiana christiane christianne christie christin christina christine christof christoffer christoph
    christophe christopher christos christy cindy cipriano ciro claire clara clare clarence clarice clarisa
    clarissa clark claude claudia claudine claudio claus clay clayton clemence clemens clemente clementina cleo
    clifford clifton clint clinton cloe clyde cody colette colin colleen concepcion concetta connie conny conrad
    constanca constance constantin constanza constanze consuela consuelo cora coralie cordula corey corina
    corine corinna corinne cornel cornelia cornelio cornelis cornelius cory cosimo courtney craig cristian
    cristiano cristina cristobal crystal csaba csilla csongor ctibor ctirad curt curtis cynthia cyprian cyril
    daan dafina dag dagmar dagmara dagny dainius daisy dale dalia dalibor dallas damaris damian damiano damien
    damir damjan damon dan dana dani danica daniel daniela daniele danielius daniella danielle danijel danijela
    danilo danny dante danuse dany daphne daria darija darin dario darius dariusz darko darla darlene darnell
    darrel darrell darren darryl daryl dave davi david davor dawid dawn dean deanna debbie debora deborah debra
    deividas dejan delbert delia della delores deloris delphine dena denes denis denisa denise deniz dennis
    derek derrick desiree detlef devin dewey dexter dezso diana diane dianna dianne didier diego dieter dietmar
    dietrich dilara dimitri dimitrios dina dinis dino diogo dion dirk dita dixie dmitri dobroslav dolores dom
    domagoj domantas domas domenica domenico domingo dominic dominik dominika dominique dominyka dominykas don
    donald donatas donatella donato donna donnie dora doreen dorian dorina doris dorota dorothea dorothee
    dorothy dorottya dorte dorthe dorthy doug douglas dovile dovydas doyle draga dragan dragica drago dragutin
    drahomira drahoslav drahoslava drazen drew duane duarte duje dulce dung dunja duong durdica duro dusan
    dustin duyen dwayne dwight dylan earl earnest ebbe ebony eda edda eddie eddy eder edgar edgaras edgard
    edgardo edin edina edit edita edith edmond edmund edna edouard eduard eduarda eduardo edvard edvardas
    edvinas edward edwin effie efrain egidijus egil egle egon eidvile eileen eimantas einar eirik eivind
    ekaterina ekrem ela elaine elbert elea eleanor elemer elena eleni eleonora eleonore elfriede eli eliana
    eliane elias elif elin elina eline elisa elisabet elisabeth elise eliska eliza elizabeta elizabeth elke ella
    ellen elli ellie ellinor elliot ellis elly elma elmar elmer elna elnur eloa eloah elodia elodie eloisa
    eloise eloy elsa elsbeth elsie elsy elton elva elvia elvin elvira elvis elza elzbieta ema emanuel emanuela
    emanuella emanuelly emese emil emile emilia emilian emiliano emilie emilija emilio emilis emilly emily emin
    emine emir emma emmanuel emmanuelle emmi emmy endre ene enes eniko ennio enrico enrika enrique enver enzo
    erdogan erhard eric erica erich erick erik erika erikas erin erina erkan erling erma erna ernest ernestas
    ernestine ernesto erno ernst erol ervin erwin eryk erzsebet esmeralda espen esperanza essie esteban
    estefania estela estella estelle ester estera esther eszter etelka ethan ethel etienne etta eugen eugene
    eugenia eugenie eugenio eula eulalia eunice eusebia eva evaldas evan eve evelien evelin evelina eveline
    evelio evelyn evelyne everett evi evita evy ewa ewald ewelina ezio fabia fabian fabiana fabienne fabio
    fabiola fabrice fabrizio faith fanni fannie fanny farid faruk fatih fatiha fatima fatma faustas fausto fay
    faye febe federica federico fedor felicia felicitas felipe felix femke ferdinand ferenc fern fernand
    fernanda fernande fernando fidel fien filip filipa filipe filippa filippo filomena finn fiona flavia flavio
    fleur flor flora flore florence florencia florent florentin florentina florian floriane florin florina
    floris floyd forrest fortunata fran franca frances francesca francesco francine francis francisca francisco
    franciska franciszek franck franco francois francoise franjo frank frankie franklin frans frantisek
    frantiska franz franziska fred freda freddie freddy frederic frederick frederico frederik frederique fredo
    fredrick fredrik fredy freja freya frida fridolin frieda friederike friedrich fritz frode fryderyk fuma
    fuzuli gabi gabino gabor gabriel gabriela gabriele gabrielius gabriella gabrielle gabrielly gael gaelle
    gaetano gail gaja galina garrett garry gary gaspar gaston gavin gayle gebhard gediminas geert geir gemma
    geneva genevieve genoveva geoffrey georg george georges georgette georgia georgina georgios gerald geraldine
    gerard gerardo gerda gergely gergo gerhard gerlinde germaine german gerold geronimo gerrit gert gertrud
    gertrude geza ghislain ghislaine giacomo giada gian giancarlo gianfranco gianluca gianna gianni giedre
    giedrius gil gilbert gilberte gilberto gilles gina ginette ginger gino gintare giorgia giorgio giovanna
    giovanni gisela gisele gitte giulia giuliana giuliano giulio giuseppa giuseppe giuseppina gizella gladys
    glen glenda glenn gloria goda goldie goncalo gonzalo goran gordana gordon gottfried gottlieb grace graciela
    grady grant grazia graziella greg gregg gregoire gregor gregorio gregory greta gretchen grete grethe
    griselda gro grzegorz guadalupe gudrun guido guilherme guillaume guillermo gulaga gulay gulus gunar gunhild
    gunn gunnar gunter gunther gustas gustav gustavo gustaw gusztav guy gwen gwendolyn gyongyi gyorgy gyorgyi
    gyozo gyte gytis gyula hadassa hajnalka hakan hakon halil hamza hana hanife hanna hannah hanne hannele
    hannelore hannes hans hansjorg hanspeter harald harold harri harriet harry hartmut harvey hasan hassan
    hatice hattie havard hazel heather hector hedda hedvika hedwig hege heidi heidy heike heiko heinrich heinz
    heitor helen helena helene helga helge hellena helmut heloisa hendrik henning henri henrieta henrietta
    henriette henrik henrique henry herbert heriberto herman hermann hermina hermine hernan hernando herta hilda
    hilde hildegard hillevi hilma hoang holger holly homer hong honore hope horace horacio horst hortense
    hortensia horymir howard hrvoje hubert hugh hugo hugues huguette hulda humberto hung hunor huong huseyin
    hussein huy hynek ian iara ibolya ibrahim ida ieva ignac ignacio ignacy ignas ignaz igne igor ika ilaria
    ildiko ileana ilias ilija ilja ilona ilse ilyas imam imane imelda imke imran imre ina inaya indira indre
    indrek ines ineta inez inga inge ingeborg inger ingmar ingo ingrid ingrida ioannis iolanda ira iren irena
    irene irfan irina irma irmantas irmgard irvin irving isa isaac isabel isabela isabell isabella isabelle
    isabelly isadora isaias isak isaque isidor isidro isis ismael ismail ismet israel istvan iva ivan ivana
    ivanka ivar iveta ivica ivka ivo ivona ivonne iwan iwo izabela izabele izidor jaan jaanus jacek jacinto jack
    jackie jacob jacobo jacqueline jacquelyn jacques jade jadranka jaime jake jakob jakov jakub jamal james
    jamie jan jana jane janelle janet janette jani janice janie janina janine janis janja janko jann janna janne
    jannik jannis janos jaqueline jared jari jarl jarmila jarno jaromir jaroslav jaroslava jasmin jasmina
    jasmine jasminka jasna jason jasper javier jay jayden jazmin jean jeanette jeanine jeanne jeannette jeannie
    jeannine jedrzej jeff jeffery jeffrey jekaterina jele jelena jelle jenifer jenna jennie jennifer jenny jeno
    jens jeremi jeremiah jeremias jeremy jermaine jerome jeronimo jerry jerzy jesper jesse jessica jessie jessy
    jesus jevgeni jewel jewell jill jillian jim jimena jimmie jimmy jindrich jindriska jiri jirina jitka joachim
    joakim joan joana joann joanna joanne joao joaquim joaquin jocelyne jochen jodi jody joe joel joelle joey
    johan johana johann johanna johanne johannes john johnathan johnnie johnny jokubas jolan jolana jolanda
    jolanta jon jonas jonatan jonathan jonathon jonna joost jordan jordi jordy jorg jorge jorgen joris jorn
    jorune jorunn jos jose josee josef josefa josefina josefine joseph josephine josette josh joshua josiane
    josie josip josipa josko joso jost josue jovan jovana jovita joy joyce jozef jozo jozsef juan juana juanita
    judit judita judith judy juhani jules julia julian juliana juliane julianna julie julien julieta juliette
    julija julijana julio julita julius juliusz june junior juozas juraj jure jurgen jurgita juri justas justin
    justina justinas justine justus justyna jutta juul kaarina kacper kadri kai kaique kaja kajetan kajus kalevi
    kalina kalle kalman kamil kamila kamilly kara kare karel karen kari karim karima karin karina karine karl
    karla karlo karol karolina karoline karolis karoly karsten kaspar kasper kata katalin katarina katarzyna
    kate katerina katharina kathe katherine kathi kathleen kathrin kathryn kathy kati katia katica katie katja
    katrin katrina katty katy kay kayla kayleigh kazim kazimierz keith kelley kelli kellie kelly kelsey kelvin
    kemal ken kenan kendra kenneth kenny kent kerri kerry kerstin kestutis kevim kevin khadija khaled khalid
    khoa kian kiara kilian kim kimberley kimberly kinga kipras kira kirk kirsten kirstin kitti kjell kjersti
    kjetil klaas klara klaudia klaudie klaus klement knut koen konrad konstantin konstantinos konstanty kornel
    kornelia kornelija kotryna krista kristen kristi kristian kristie kristiina kristijan kristin kristina
    kristine kristjan kristof kristoffer kristopher kristupas kristy kristyna krisztian krisztina krisztofer
    krystal krystian krystof krystyna krzysztof ksawery kuno kurt kveta kvetoslava kyara kyle kyra lada ladislav
    ladislava laetitia laila lais lajos lamar lan lana lance lara larisa larissa larry lars lasse laszlo latasha
    latonya latoya laura laure laurel lauren laurence laurens laurent laurenz laurie laurin laurita laurynas
    laverne lavinia lawrence lazar lea leah lean leana leander leandra leandro lee leena leif leigh leila leja
    lela leland lena lene leni lenka lenn lennart lenny lenora leo leon leona leonard leonardo leonel leonhard
    leonie leonor leonora leontina leopold leopoldo leos leroy leslie lester leticia leticija letizia levente
    levi lewis lex leyla leyli lia liam liana libor libuse lidia lidija liepa liesbeth lieve ligia ligita liisa
    lila lili lilia lilian liliana liliane lilija lilla lilli lillian lillie lilly lily lina linas linda linde
    lindsay lindsey linh linn linnea lino linus lionel lisa lisandro lisbeth lise liselotte lisette liv livia
    livio liwia liz liza lize ljiljana ljubica ljubov ljudmila lloyd loes logan loic lois lola lolita lonnie
    lora lore loredana loren lorena lorene lorenz lorenza lorenzo loretta lori lorin loris lorna lorraine lothar
    lotta lotte lotti lottie lou louis louisa louise lourdes lourenco lovre lovro lowell luan luana luara
    lubomir lubos luc luca lucas lucca luce lucette lucia luciana luciano lucie lucien lucienne lucija lucila
    lucille lucinda lucio lucy ludek ludivine ludmila ludovic ludovica ludvig ludvik ludwig luigi luis luisa
    luise luiza luka lukas lukasz luke lula lumir luna lunna lupe luther lutz luz luzia lydia lydie lyle lynda
    lynette lynn lynne maaike maarit maarten mabel mable maciej mack madalena madeleine madeline mads mae mael
    maelle maeva mafalda magali magda magdalena magdolna maggie magne mahir mahmoud mahmut mahulena mai maie
    maija maik maite maj maja majken maks maksim maksymilian malcolm malena malgorzata malik malika malin malle
    malte malvina malwina mamie manda mandy manfred manon mantas mante manuel manuela manuella mara marc marcel
    marcela marcelina marcell marcella marcelle marcello marcelo marcia marcin marcio marco marcos marcus mare
    marek maren marga margaret margareta margarete margaretha margarida margarita margaud margaux margherita
    margie margit margita margot margret margrit marguerite margus mari maria mariah mariam marian mariana
    mariane mariann marianna marianne mariano maribel marica maricela marie mariella marielle marietta mariette
    marija marijan marijana marika marilena marilyn marin marina marine marino mario marion marisa marisela
    marisol marissa marit marita maritta marius mariusz marja marjan marjatta marjorie mark markas marketa marko
    markus marla marleen marlen marlene marlies marlis marlon marsha marshall marta marte marten martha marthe
    martim martin martina martine marton marty martynas marvin mary maryam maryann maryline maryse mason
    massimiliano massimo matas mate matea matej mateja mateo mateus mateusz matheo matheus mathew mathias
    mathieu mathijs mathilda mathilde mathis mati matias matija matilda matilde mato matous mats matt matteo
    matthew matthias matthieu matti mattia mattias mattie matyas maud maude maura maureen maurice mauricio
    maurits maurizio mauro maurycy maxim maxime maximilian maximiliano maxine may maya maysa mayte meda medeja
    meelis megan megane meghan mehdi mehmet meike meinrad melania melanie melba melina melinda melisa melissa
    melita melody melvin mercedes meredith merel merike merle merlin meryem metin metod mette mia micael micaela
    micha michael michaela michal micheal michel michela michele micheline michelle mieszko migle miguel mihael
    mihaela mihaly mihhail mihkel mijo mika mikael mike miklos mikolaj mikulas mila milada milan milana milda
    mildred mile milena milica milka milla milo milos miloslav miloslava milosz milton miluse mina mindaugas
    mindy minh minna minnie miodrag mira miran miranda mirco mireille mirela mirella miriam mirja mirjam mirjana
    mirko miro miroslav miroslava mirsad mislav misty mitchell mladen modesto mohamad mohamed mohammad mohammed
    moises mojmir mollie molly mona monica monika monique morena moreno morgan morgane moritz morris morten
    moses muhammad muhammed mulayim murat muriel murielle murilo musa muslum mustafa mustapha myra myriam myrna
    myron myrtle nabil nada nadege nadezda nadia nadin nadine nadja nael naglis naiara naim nair nam nancy nando
    nandor nanna nanni naomi narcisa natacha natalia natalie natalija natalja natan natanael nataniel natasa
    natascha natasha natasja natasza nath nathalie nathan nathanael nathaniel natividad neal nedas neil nela
    nele nell nelli nellie nelly nelson nenad neo nerijus neringa nestor nettie nevenka ngoc nhien nicholas
    nichole nick nicklas niclas nico nicola nicolai nicolas nicole nicoletta nidia niels nihal niina nik nika
    nikita nikki niklas niko nikodem nikol nikola nikolai nikolaj nikolaos nikolas nikolaus nikolett nikoletta
    nikolina niksa nils nina nino nisa nives niyazi noa noah noe noel noelia noella noelle noemi noemie nojus
    nolan noor nora norah norbert norberto norma norman nour nova nuno nuria oceane octavia octavio oda odette
    odile ofelia ola olaf olav olavi oldrich ole oleg olena olga olgierd olimpia olive oliver olivia olivie
    olivier olivija oliwier ollie omar omer ondrej oona opal ophelie ora orestas orhan orlando ornella orsolya
    orville oscar oskar osman osvaldo oswald oswaldo otakar otavio othmar otilia otis oto ottilia otto otylie
    ove ovidio owen oxana oystein oyvind ozlem pablo pal paloma pam pamela panfilo paola paolo pascal pascale
    pascual pasquale pat patric patrica patrice patricia patricie patricio patrick patrik patrizia patryk patsy
    patti patty paul paula paulette paulina pauline paulius paulo pavao pavel pavla pavlina pawel pearl peder
    pedro peeter peggy pekka penelope penny percy perla pero perry petar pete peter petr petra petras petronela
    petter phil philip philipp philippe philippine phillip phuc phyllis pia piedad pierina piero pierre pieter
    pietra pietro pijus pilar piotr piret pirmin piroska pius pol polly porfirio povilas premysl preston priit
    priscilla priska przemyslaw qabil qasim quang quentin quinten rachael rachel rachid radek radim radka
    radmila radomir radoslav radoslaw radovan radvile rael raf rafael rafaela rafal raffael raffaela raffaele
    raffaella ragnar ragnhild rahel raimund rainer raivo ralf ralph ramadan ramazan raminta ramiro ramon ramona
    ramunas ramune rana randal randall randi randolph randy rania raoul raphael raphaela raquel rasa rasmus raul
    ravi ravy ray rayan raymond raymonde razi reba rebeca rebecca rebeka rebekah rebekka reda reet regina
    reginald regine reidun rein reina reinaldo reiner reinhard reinhilde reinhold reka remi remo remy rena renan
    renata renate renato rene renee renzo rex reynaldo reza rhavi rhonda ria ricarda ricardas ricardo riccardo
    richard rick rickey ricky rico riina rik rimante rita roar robby robert roberta robertas roberto robin robyn
    rocco rochelle rocio roderick rodney rodolfo rodrigo rogelio roger rojus rokas roko roksana roland rolandas
    rolando rolf romain roman romana romane romano romeo romina romuald romualdas romy ron ronald ronda ronja
    ronnie ronny roos roosevelt rosa rosalba rosalia rosalie rosaria rosario rose rosemarie rosemary rosetta
    rosie rosina rosita rosmarie ross rostislav roswitha rouven roxana roxane roxanne roy roza rozalia rozalija
    rozsa ruben ruby rudi rudiger rudolf rudolph rudy rufino rufus rugile rui rune rusne russell ruta ruth ruza
    ruzena ruzica ryan ryszard ryte rytis saban sabina sabine sabir sabri sabrina sacha sadie safet said saleh
    salih sallie sally salma salome salvador salvatore sam samanta samantha sami samir samira sammy samu samuel
    sander sandor sandra sandrine sandro sandy sanja sanna sanne santiago santos sara sarah sarina sarka sarunas
    sasa sascha saskia saul saulius saverio scott sean sebastiaan sebastian sebastiano sebastiao sebastien sedat
    selena selim selin selina selma sem sepp serafina serena serge sergei sergej sergey sergio seth severin
    severine severino sevim seyda shana shane shanna shannon shari sharon shaun shawn shawna sheila shelby
    sheldon shelia shelley shelly sheri sherman sherri sherrie sherry sheryl shirley sibylle sidney sidonia
    siegfried sigita signe sigrid sigurd siim silas silja silje silke silva silvana silvano silvester silvia
    silvie silvio simao simas sime simen simon simona simonas simone simonne sina sindre sinisa siri sirje
    sissel siv slavena slavica slavka slavko slavomir slobodan smilte snjezana socorro sofia sofie solange
    soledad solene solveig sona sonata sondre sonia sonja sonny sonya sophia sophie soraia soraya soren spencer
    stacey stacie stacy stan stana stanislav stanislava stanislaw stanley stef stefan stefani stefania stefanie
    stefanija stefano steffen steffi stefica stein steinar stela stella sten stepan stepanka stephan stephane
    stephanie stephany stephen steve steven stewart stian stig stijn stina stine stjepan stuart sue suleyman
    susan susana susann susanna susanne susi susie suzana suzanne svatopluk svatoslav svea svein sven svenja
    sverre svetlana swen sybille sylvester sylvia sylviane sylvie sylwia synnove szabolcs szilard szilveszter
    szilvia szymon tabea tabitha tadas tadeas tadeusz tage tahir tajus tamara tamas tami tamika tammie tammy
    tania tanja tanya tapani tapio tara tarmo tasha tatiana tatjana tautvydas taylor tea ted teo teodor teodora
    teodoro terence teresa terez tereza terezia terezija teri terje terrance terrell terrence terri terry tess
    tessa thales thanh thao thea thelma theo theodor theodora theodore theodoro theophile theres theresa therese
    theresia thi thiago thibault thibaut thierry thijs thomas thorsten tiago tibor tiffany tiina tiit tiiu tijs
    tilde till tim timea timo timon timotej timoteo timothee timothy tina tine tino titas tivadar tiziana
    tiziano tobias tobiasz todd tola tom tomas tomasz tome tomislav tommie tommy toni tonje tonu tony tonya
    toomas tor torben torbjorn tore torill torsten tove tracey traci tracie tracy travis trevor tricia triin
    trina trine trinidad trisha tristan trond trong troy trudy trung tunde tung turid turkan tuulikki tyler
    tymon tymoteusz tyrone udo ugne ugo ugur ulf ulla ulle ulrich ulrik ulrike umberto unni urban uriel urmas
    urs ursula urszula ute uwe vaclav vaida vaidas vakare vakris valdemar valentim valentin valentina valentine
    valentino valeri valeria valerie valerio valter van vanda vanesa vanessa vanja vasare vasco vasyl vedran
    veerle vegard vejune veli vello velma vendula vera verena verna verner vernon veronica veronika veronique
    vesna vicente vicki vickie vicky victoire victor victoria vidar vigilija viktor viktoria viktorie viktorija
    vilde vilem vilhelm vilius ville vilma vilmos vilte vince vincent vincenza vincenzo vinicius vinzenz viola
    violet violeta violetta violette virag virgil virgilio virginia virginie vit vitalija vitezslav vito vitor
    vitoria vittoria vittorio vivian viviana viviane vivien vjekoslav vladimir vladimira vladislav vlado vlasta
    vlastimil vojtech volker vratislav vytautas vyte wade waldemar wallace walter waltraud wanda warren wayne
    wenche wendelin wendell wendy werner wesley whitney wiktor wilbert wilbur wilfred wilfredo wilfrido wilfried
    wilhelm willard willem willi william willie willis willy wilma wilmer wilson winifred witold wojciech
    wolfgang woodrow wout wouter xaver xavier xenia ximena xiomara xuan yadigar yago yan yanis yann yannick
    yannis yara yasar yasemin yasin yasmin yasmina yasmine yassin yassine yazgul yen yesica yessica yilmaz yngve
    yolanda yolande younes youssef yuri yusuf yvan yves yvette yvonne zacarias zacharie zachary zahid zahra
    zaira zakaria zalan zamir zaneta zara zbynek zdenek zdenka zdenko zdislava zdravko zeljka zeljko zelma
    zemyna zeno zenta zeynep zikmund zina zita zivile zlatko zoe zoey zofia zofie zoltan zora zoraida zoran
    zorka zsanett zsigmond zsofia zsolt zsombor zsuzsanna zuzana zvonko zygimantas
"""
GIVEN_NAMES = frozenset(_NAMES.split())
"""In small letters, without accents."""

SHORT_NAMES = frozenset({"al", "bo", "ed", "gene", "gerd", "jo", "pat", "thor"})
"""Given names that are technical words as well; they tell a surname that no vocabulary knows, and no other."""

_THINGS = """
    amber angel april august aurora ginger hazel jade jewel june luna may nova olive opal rose ruby stella violet wilson
"""
NAMES_OF_THINGS = frozenset(_THINGS.split())
"""Those that name products and months too: only a comma tells that one is a given name."""
